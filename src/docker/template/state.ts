import type { Value } from "../go/value.js";
import { templateError } from "./error.js";
import type { Functions } from "./function.js";
import type { Templates } from "./parse.js";
import { MAX_TEXT } from "./limit.js";
import { quote } from "./quote.js";
import { showNode, type Node } from "./tree.js";

/** Templates within templates. Go allows 100,000. */
const MAX_DEPTH = 1000;
/** Iterations and calls of templates: more than any list has, few enough to end soon. */
const MAX_STEPS = 1_000_000;

/** State shared by all templates of an execution. */
export interface Execution {
  readonly text: string;
  readonly templates: Templates;
  readonly functions: Functions;
  /** A missing key of a map is an error, rather than no value. */
  readonly strict: boolean;
  output: string;
  steps: number;
  /** Characters read and written so far. */
  spent: number;
  depth: number;
  /** The part of the template that is being evaluated, for error messages. */
  node: Node | undefined;
}

export interface State {
  readonly execution: Execution;
  /** Name of the current template. */
  readonly name: string;
  variables: { readonly name: string; value: Value | undefined }[];
}

/** @throws BoxError invalid-format */
export function fail({ execution, name }: State, reason: string): never {
  const { node, text } = execution;
  if (!node) throw templateError(`: ${reason}`);
  const before = text.slice(0, node.start);
  const line = before.split("\n").length;
  const column = Buffer.byteLength(before.slice(before.lastIndexOf("\n") + 1));
  throw templateError(`:${line}:${column}: executing ${quote(name)} at <${showNode(node)}>: ${reason}`);
}

/** Counts characters that are read or written, or other steps as short. */
export function spend(state: State, amount: number): void {
  state.execution.spent += amount;
  if (state.execution.spent > MAX_TEXT) fail(state, `more than ${MAX_TEXT} characters to read and write`);
}

/** Prints a text. */
export function print(state: State, text: string): void {
  spend(state, text.length);
  state.execution.output += text;
}

/** Counts an iteration or a call of a template. */
export function step(state: State): void {
  if (++state.execution.steps > MAX_STEPS) fail(state, `more than ${MAX_STEPS} iterations`);
}

/** Runs a template within a template. */
export function enter<T>(state: State, run: () => T): T {
  const { execution } = state;
  if (execution.depth === MAX_DEPTH) fail(state, `exceeded maximum template depth (${MAX_DEPTH})`);
  step(state);
  execution.depth++;
  const result = run();
  execution.depth--;
  return result;
}

function find(state: State, name: string): State["variables"][number] | undefined {
  const { variables } = state;
  spend(state, variables.length);
  return variables.findLast((variable) => variable.name === name);
}

export function valueOf(state: State, name: string): Value | undefined {
  const variable = find(state, name);
  return variable ? variable.value : fail(state, `undefined variable: ${name}`);
}

export function assign(state: State, name: string, value: Value | undefined): void {
  const variable = find(state, name) ?? fail(state, `undefined variable: ${name}`);
  variable.value = value;
}

/** Runs with the variables of a block, which go out of scope after it. */
export function scoped<T>(state: State, run: () => T): T {
  const known = state.variables.length;
  const result = run();
  state.variables.length = known;
  return result;
}
