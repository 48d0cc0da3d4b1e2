import { quote } from "./quote.js";

interface Placed {
  /** Where it is in the template. */
  readonly start: number;
}

export interface FieldNode extends Placed {
  readonly kind: "field";
  readonly path: readonly string[];
}

export interface VariableNode extends Placed {
  readonly kind: "variable";
  /** With its dollar sign. */
  readonly name: string;
  readonly path: readonly string[];
}

export interface ChainNode extends Placed {
  readonly kind: "chain";
  readonly base: Operand;
  readonly path: readonly string[];
}

export interface FunctionNode extends Placed {
  readonly kind: "function";
  readonly name: string;
}

/** A number is of each of the types that can hold it. */
export interface NumberNode extends Placed {
  readonly kind: "number";
  readonly text: string;
  readonly int: bigint | undefined;
  readonly uint: bigint | undefined;
  readonly float: number;
}

export interface StringNode extends Placed {
  readonly kind: "string";
  readonly quoted: string;
  readonly text: string;
}

export interface BoolNode extends Placed {
  readonly kind: "bool";
  readonly value: boolean;
}

export interface BareNode extends Placed {
  readonly kind: "dot" | "nil";
}

export type Operand =
  FieldNode | VariableNode | ChainNode | FunctionNode | NumberNode | StringNode | BoolNode | BareNode | Pipe;

export interface Command extends Placed {
  readonly kind: "command";
  readonly operands: readonly [Operand, ...Operand[]];
}

export interface Pipe extends Placed {
  readonly kind: "pipe";
  readonly variables: readonly VariableNode[];
  /** `=` rather than `:=` */
  readonly assigns: boolean;
  readonly commands: readonly Command[];
}

export interface BranchNode extends Placed {
  readonly kind: "if" | "with" | "range";
  readonly pipe: Pipe;
  readonly list: List;
  readonly otherwise: List | undefined;
}

export interface TemplateNode extends Placed {
  readonly kind: "template";
  readonly name: string;
  readonly pipe: Pipe | undefined;
}

export type Statement =
  | (Placed & { readonly kind: "text"; readonly text: string })
  | (Placed & { readonly kind: "action"; readonly pipe: Pipe })
  | (Placed & { readonly kind: "break" | "continue" })
  | BranchNode
  | TemplateNode;

export type List = readonly Statement[];
export type Node = Statement | Command | Operand;

const showPath = (path: readonly string[]) => path.map((name) => `.${name}`).join("");

function showOperand(operand: Operand): string {
  switch (operand.kind) {
    case "field":
      return showPath(operand.path);
    case "variable":
      return operand.name + showPath(operand.path);
    case "chain":
      return showOperand(operand.base) + showPath(operand.path);
    case "function":
      return operand.name;
    case "number":
      return operand.text;
    case "string":
      return operand.quoted;
    case "bool":
      return String(operand.value);
    case "dot":
      return ".";
    case "nil":
      return "nil";
    case "pipe":
      return `(${showPipe(operand)})`;
  }
}

const showCommand = ({ operands }: Command) => operands.map(showOperand).join(" ");

function showPipe({ variables, assigns, commands }: Pipe): string {
  const names = variables.map(showOperand).join(", ");
  const target = names === "" ? "" : `${names} ${assigns ? "=" : ":="} `;
  return target + commands.map(showCommand).join(" | ");
}

function showBranch({ kind, pipe, list, otherwise }: BranchNode): string {
  const other = otherwise ? `{{else}}${showList(otherwise)}` : "";
  return `{{${kind} ${showPipe(pipe)}}}${showList(list)}${other}{{end}}`;
}

/** A part of a template in its own notation, as error messages quote it. */
export function showNode(node: Node): string {
  switch (node.kind) {
    case "text":
      return node.text;
    case "action":
      return `{{${showPipe(node.pipe)}}}`;
    case "break":
    case "continue":
      return `{{${node.kind}}}`;
    case "if":
    case "with":
    case "range":
      return showBranch(node);
    case "template":
      return `{{template ${quote(node.name)}${node.pipe ? ` ${showPipe(node.pipe)}` : ""}}}`;
    case "command":
      return showCommand(node);
    case "pipe":
      return showPipe(node);
    default:
      return showOperand(node);
  }
}

export function showList(list: List): string {
  return list.map(showNode).join("");
}
