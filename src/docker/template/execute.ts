import { int } from "../go/make.js";
import { indirect, isTrue, type Value } from "../go/value.js";
import { BoxError } from "../../errors.js";
import { templateError } from "./error.js";
import { evaluatePipe } from "./evaluate.js";
import type { Functions } from "./function.js";
import { STEP } from "./limit.js";
import type { Templates } from "./parse.js";
import { printAction, printValue } from "./print.js";
import { quote } from "./quote.js";
import { assign, enter, fail, print, scoped, spend, step, type Execution, type State } from "./state.js";
import type { BranchNode, List, Statement, TemplateNode } from "./tree.js";

/** How a list of statements ended, if not at its end. */
type Jump = "break" | "continue" | undefined;

function walkList(state: State, dot: Value | undefined, list: List): Jump {
  for (const statement of list) {
    const jump = walk(state, dot, statement);
    if (jump) return jump;
  }
  return undefined;
}

function walk(state: State, dot: Value | undefined, statement: Statement): Jump {
  const { execution } = state;
  execution.node = statement;
  spend(state, STEP);
  switch (statement.kind) {
    case "text":
      print(state, statement.text);
      return undefined;
    case "action": {
      const value = evaluatePipe(state, dot, statement.pipe);
      execution.node = statement;
      if (statement.pipe.variables.length === 0) print(state, printAction(value));
      return undefined;
    }
    case "break":
    case "continue":
      return statement.kind;
    case "if":
    case "with":
      return scoped(state, () => walkBranch(state, dot, statement));
    case "range":
      return scoped(state, () => walkRange(state, dot, statement));
    case "template":
      walkTemplate(state, dot, statement);
      return undefined;
  }
}

function walkBranch(state: State, dot: Value | undefined, node: BranchNode): Jump {
  const value = evaluatePipe(state, dot, node.pipe);
  if (isTrue(value)) return walkList(state, node.kind === "with" ? value : dot, node.list);
  return node.otherwise ? walkList(state, dot, node.otherwise) : undefined;
}

type Item = readonly [index: Value, value: Value];

function* count(value: Extract<Value, { kind: "int" | "uint" }>): Generator<Item> {
  for (let i = 0n; i < value.value; i++) {
    const item = int(i, value.type);
    yield [item, item];
  }
}

/** The items that a range iterates over. */
function itemsOf(state: State, value: Value | undefined, { pipe }: BranchNode): Iterable<Item> {
  const held = value && indirect(value);
  switch (held?.kind) {
    case undefined:
      return [];
    case "slice":
      return (held.items ?? []).map((item, i) => [int(i), item] as const);
    case "map":
      return held.entries ?? [];
    case "int":
    case "uint":
      if (pipe.variables.length > 1) {
        fail(state, `can't use ${printValue(held)} to iterate over more than one variable`);
      }
      return count(held);
    default:
      return fail(state, `range can't iterate over ${printValue(held)}`);
  }
}

function walkRange(state: State, dot: Value | undefined, node: BranchNode): Jump {
  const { pipe, list, otherwise } = node;
  const value = evaluatePipe(state, dot, pipe);
  const known = state.variables.length;
  const set = (variable: number, item: Value) => {
    const { name } = pipe.variables[variable] ?? { name: "" };
    if (pipe.assigns) assign(state, name, item);
    else state.variables[known - pipe.variables.length + variable] = { name, value: item };
  };
  let isEmpty = true;
  for (const [index, item] of itemsOf(state, value, node)) {
    isEmpty = false;
    step(state);
    if (pipe.variables.length === 1) set(0, item);
    if (pipe.variables.length === 2) {
      set(0, index);
      set(1, item);
    }
    const jump = walkList(state, item, list);
    state.variables.length = known;
    if (jump === "break") break;
  }
  return isEmpty && otherwise ? walkList(state, dot, otherwise) : undefined;
}

function walkTemplate(state: State, dot: Value | undefined, node: TemplateNode): void {
  const list = state.execution.templates.get(node.name);
  if (!list) return fail(state, `template ${quote(node.name)} not defined`);
  enter(state, () => {
    const value = node.pipe && evaluatePipe(state, dot, node.pipe);
    const variables = [{ name: "$", value }];
    walkList({ execution: state.execution, name: node.name, variables }, value, list);
  });
}

export interface Parts {
  readonly text: string;
  readonly templates: Templates;
  readonly functions: Functions;
}

interface Options {
  /** A missing key of a map is an error, rather than no value. */
  strict?: boolean;
  /** An error ends the output, without a word. */
  lenient?: boolean;
}

/**
 * Applies a template to a value.
 * @throws BoxError invalid-format
 */
export function execute(
  parts: Parts,
  value: Value | undefined,
  { strict = false, lenient = false }: Options = {},
): string {
  const start = { output: "", steps: 0, spent: 0, depth: 0, node: undefined };
  const execution: Execution = { ...parts, strict, ...start };
  const state: State = { execution, name: "", variables: [{ name: "$", value }] };
  try {
    walkList(state, value, parts.templates.get("") ?? []);
  } catch (error) {
    if (lenient && error instanceof BoxError) return execution.output;
    // A text too long for a string, or a call stack too deep.
    if (error instanceof RangeError) throw templateError(`: ${error.message}`);
    throw error;
  }
  return execution.output;
}
