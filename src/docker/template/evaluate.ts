import { literal, any, bool, float, int } from "../go/make.js";
import { canBeNil, isAssignable, STRING, type Type } from "../go/type.js";
import { fieldOf, indirect, isTrue, type Method, type Value } from "../go/value.js";
import { CallError } from "./error.js";
import { AS_IS, type TemplateFunction } from "./function.js";
import { costOf, sizeOf, STEP } from "./limit.js";
import { assign, fail, spend, valueOf, type State } from "./state.js";
import { showNode, type Command, type Node, type NumberNode, type Operand, type Pipe } from "./tree.js";

/** The result of the previous command in the pipeline; NONE for the first. */
const NONE = Symbol("none");
type Piped = Value | undefined | typeof NONE;

/** The surroundings of a command. */
interface Context {
  readonly state: State;
  readonly dot: Value | undefined;
}

/** The arguments of a function or method. The first operand is the function itself. */
interface Arguments {
  readonly operands: readonly Operand[];
  readonly piped: Piped;
}

const NO_ARGUMENTS: Arguments = { operands: [], piped: NONE };

const at = ({ state }: Context, node: Node) => void (state.execution.node = node);

/** Evaluates a pipeline. The variables that it declares stay in scope. */
export function evaluatePipe(state: State, dot: Value | undefined, pipe: Pipe): Value | undefined {
  const context = { state, dot };
  at(context, pipe);
  let value: Piped = NONE;
  for (const command of pipe.commands) {
    value = evaluateCommand(context, command, value);
    if (value?.kind === "interface") value = value.inner;
  }
  const result = value === NONE ? undefined : value;
  for (const { name } of pipe.variables) {
    if (pipe.assigns) assign(state, name, result);
    else state.variables.push({ name, value: result });
  }
  return result;
}

function refuseArguments(context: Context, { operands, piped }: Arguments): void {
  const [first] = operands;
  if (first && (operands.length > 1 || piped !== NONE)) {
    fail(context.state, `can't give argument to non-function ${showNode(first)}`);
  }
}

function evaluateCommand(context: Context, command: Command, piped: Piped): Value | undefined {
  const { operands } = command;
  const [first] = operands;
  const args: Arguments = { operands, piped };
  switch (first.kind) {
    case "field":
    case "chain":
    case "variable":
    case "function":
      return evaluateReference(context, first, command, args);
    case "pipe":
      refuseArguments(context, args);
      return evaluatePipe(context.state, context.dot, first);
    default:
      at(context, first);
      refuseArguments(context, args);
      return first.kind === "nil" ? fail(context.state, "nil is not a command") : constant(context, first);
  }
}

type Reference = Extract<Operand, { kind: "field" | "chain" | "variable" | "function" }>;

/** @param whole what an error of the function is reported for */
function evaluateReference(
  context: Context,
  node: Reference,
  whole: Node,
  args: Arguments,
): Value | undefined {
  const { state, dot } = context;
  at(context, node);
  switch (node.kind) {
    case "field":
      return evaluatePath(context, dot, node, args);
    case "chain":
      if (node.base.kind === "nil") fail(state, `indirection through explicit nil in ${showNode(node)}`);
      return evaluatePath(context, evaluateArgument(context, undefined, node.base), node, args);
    case "variable": {
      const value = valueOf(state, node.name);
      if (node.path.length > 0) return evaluatePath(context, value, node, args);
      refuseArguments(context, args);
      return value;
    }
    case "function": {
      const called = state.execution.functions.get(node.name);
      if (!called) return fail(state, `"${node.name}" is not a defined function`);
      return call(context, called, node.name, whole, args);
    }
  }
}

/** Evaluates `.X.Y.Z`. The last one may be a method, which gets the arguments. */
function evaluatePath(
  context: Context,
  receiver: Value | undefined,
  node: Extract<Operand, { path: readonly string[] }>,
  args: Arguments,
): Value | undefined {
  return node.path.reduce<Value | undefined>(
    (value, name, i) =>
      evaluateField(context, value, name, node, i === node.path.length - 1 ? args : NO_ARGUMENTS),
    receiver,
  );
}

function methodOf(receiver: Value, name: string): Method | undefined {
  return receiver.methods?.get(name) ?? indirect(receiver).methods?.get(name);
}

function evaluateField(
  context: Context,
  receiver: Value | undefined,
  name: string,
  node: Node,
  args: Arguments,
): Value | undefined {
  const { state } = context;
  if (!receiver) {
    return state.execution.strict ? fail(state, `nil data; no entry for key "${name}"`) : undefined;
  }
  const type = receiver.type.name;
  const method = methodOf(receiver, name);
  if (method) {
    const called: TemplateFunction = {
      parameters: Array.from({ length: method.arity }, () => STRING),
      call: (values) => method.call(...values.map((value) => (value?.kind === "string" ? value.text : ""))),
    };
    return call(context, called, name, node, args);
  }
  const hasArguments = args.operands.length > 1 || args.piped !== NONE;
  const held = indirect(receiver);
  spend(state, sizeOf(held));
  if (held.kind === "struct") {
    const field = fieldOf(held, name);
    if (field && hasArguments) fail(state, `${name} has arguments but cannot be invoked as function`);
    if (field) return field.value;
  } else if (held.kind === "map" && held.type.key && isAssignable(STRING, held.type.key)) {
    if (hasArguments) fail(state, `${name} is not a method but has arguments`);
    const found = held.entries?.find(([key]) => key.kind === "string" && key.text === name);
    if (!found && state.execution.strict) fail(state, `map has no entry for key "${name}"`);
    return found?.[1];
  } else if (held.kind === "pointer" || held.kind === "interface") {
    fail(state, `nil pointer evaluating ${type}.${name}`);
  }
  return fail(state, `can't evaluate field ${name} in type ${type}`);
}

/** Makes a value one of a type. @param type undefined: any */
function validate({ state }: Context, value: Value | undefined, type: Type | undefined): Value | undefined {
  if (!type || type === AS_IS) return value;
  if (!value) return canBeNil(type) ? zeroOf(type) : fail(state, `invalid value; expected ${type.name}`);
  if (isAssignable(value.type, type)) return value;
  const inner = value.kind === "interface" ? value.inner : undefined;
  const held = inner ?? value;
  if (inner && isAssignable(inner.type, type)) return inner;
  if (held.kind === "pointer" && held.type.elem && isAssignable(held.type.elem, type)) {
    return held.to ?? fail(state, `dereference of nil pointer of type ${type.name}`);
  }
  return fail(state, `wrong type for value; expected ${type.name}; got ${held.type.name}`);
}

/** The nil of a type. */
function zeroOf(type: Type): Value | undefined {
  if (type === AS_IS) return undefined;
  if (type.kind === "slice") return { kind: "slice", type, items: undefined };
  return any();
}

function evaluateArgument(context: Context, type: Type | undefined, node: Operand): Value | undefined {
  const { state, dot } = context;
  at(context, node);
  switch (node.kind) {
    case "dot":
      return validate(context, dot, type);
    case "nil":
      if (type && (type === AS_IS || canBeNil(type))) return zeroOf(type);
      return fail(state, `cannot assign nil to ${type?.name ?? "nil"}`);
    case "field":
    case "chain":
    case "variable":
    case "function":
      return validate(context, evaluateReference(context, node, node, NO_ARGUMENTS), type);
    case "pipe":
      return validate(context, evaluatePipe(state, dot, node), type);
    default:
      return constantOf(context, type, node);
  }
}

type Constant = Extract<Operand, { kind: "bool" | "number" | "string" }>;

function constantOf(context: Context, type: Type | undefined, node: Constant): Value | undefined {
  const { state } = context;
  if (!type || type === AS_IS || type.kind === "interface") return constant(context, node);
  const expected = (what: string) => fail(state, `expected ${what}; found ${showNode(node)}`);
  switch (type.kind) {
    case "string":
      return node.kind === "string" ? literal(node.text) : expected("string");
    case "int":
      return node.kind === "number" && node.int !== undefined ? int(node.int, type) : expected("integer");
    default:
      return fail(state, `can't handle ${showNode(node)} for arg of type ${type.name}`);
  }
}

/** A constant whose notation alone tells its type. */
function constant(
  context: Context,
  node: Constant | Extract<Operand, { kind: "dot" | "nil" }>,
): Value | undefined {
  at(context, node);
  switch (node.kind) {
    case "bool":
      return bool(node.value);
    case "string":
      return literal(node.text);
    case "number":
      return numberOf(context.state, node);
    default:
      return context.dot;
  }
}

function numberOf(state: State, { text, int: whole, float: number }: NumberNode): Value {
  const isHex = /^0[xX]/.test(text) && !/[pP]/.test(text);
  if (!isHex && !text.startsWith("'") && /[.eEpP]/.test(text)) return float(number);
  return whole === undefined ? fail(state, `${text} overflows int`) : int(whole);
}

/** `and` and `or` return the first argument that decides. They evaluate none after it. */
function decide(context: Context, name: string, { operands, piped }: Arguments): Value | undefined {
  let value: Value | undefined;
  for (const operand of operands.slice(1)) {
    value = evaluateArgument(context, AS_IS, operand);
    if (isTrue(value) === (name === "or")) return value;
  }
  return piped === NONE ? value : piped;
}

function checkCount({ state }: Context, called: TemplateFunction, name: string, args: Arguments): void {
  const { parameters, rest } = called;
  const given = Math.max(0, args.operands.length - 1);
  const count = given + (args.piped === NONE ? 0 : 1);
  if (rest && count < parameters.length) {
    fail(state, `wrong number of args for ${name}: want at least ${parameters.length} got ${given}`);
  }
  if (!rest && count !== parameters.length) {
    fail(state, `wrong number of args for ${name}: want ${parameters.length} got ${count}`);
  }
}

/** @param whole what an error of the function is reported for */
function call(
  context: Context,
  called: TemplateFunction,
  name: string,
  whole: Node,
  args: Arguments,
): Value | undefined {
  const { state } = context;
  checkCount(context, called, name, args);
  spend(state, STEP * args.operands.length);
  if (name === "and" || name === "or") return decide(context, name, args);
  const { parameters, rest } = called;
  const values = args.operands
    .slice(1)
    .map((operand, i) => evaluateArgument(context, parameters[i] ?? rest, operand));
  if (args.piped !== NONE) {
    values.push(validate(context, args.piped, parameters[values.length] ?? rest));
  }
  for (const value of values) spend(state, sizeOf(value));
  const [, first] = args.operands;
  try {
    const result = called.call(values, first ? showNode(first) : "");
    spend(state, costOf(result));
    return result;
  } catch (error) {
    if (!(error instanceof CallError)) throw error;
    at(context, whole);
    return fail(state, `error calling ${name}: ${error.message}`);
  }
}
