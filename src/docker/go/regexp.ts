import { parseRegexp, RegexpError, type Expression, type Place } from "./regexp-parse.js";
import type { Test } from "./regexp-class.js";

/** A step of an automaton: a character or a place that leads to the next step, or a fork. */
type Step =
  | { readonly kind: "one"; readonly test: Test }
  | { readonly kind: "place"; readonly place: Place }
  | { readonly kind: "fork"; readonly to: number[] };

/** More steps than any filter needs. */
const MAX_STEPS = 10_000;

function push(steps: Step[], step: Step): number {
  if (steps.length === MAX_STEPS) throw new RegexpError();
  return steps.push(step) - 1;
}

function fork(steps: Step[], ...to: number[]): number[] {
  push(steps, { kind: "fork", to });
  return to;
}

/** Appends the steps of an expression. They end with whatever is appended next. */
function compile(steps: Step[], expression: Expression): void {
  switch (expression.kind) {
    case "one":
    case "place":
      push(steps, expression);
      return;
    case "all":
      for (const part of expression.parts) compile(steps, part);
      return;
    case "any": {
      const starts = fork(steps);
      const ends: number[][] = [];
      for (const part of expression.parts) {
        starts.push(steps.length);
        compile(steps, part);
        ends.push(fork(steps));
      }
      for (const end of ends) end.push(steps.length);
      return;
    }
    case "times": {
      const { part, least, most } = expression;
      for (let i = 0, known = -1; i < least && steps.length > known; i++) {
        known = steps.length;
        compile(steps, part);
      }
      if (most === Infinity) {
        const start = steps.length;
        const ways = fork(steps, start + 1);
        compile(steps, part);
        fork(steps, start);
        ways.push(steps.length);
        return;
      }
      const skips: number[][] = [];
      for (let i = least; i < most; i++) {
        skips.push(fork(steps, steps.length + 1));
        compile(steps, part);
      }
      for (const skip of skips) skip.push(steps.length);
    }
  }
}

const isWord = (character: string | undefined) => character !== undefined && /\w/.test(character);

function isAt(place: Place, characters: readonly string[], at: number): boolean {
  const [before, after] = [characters[at - 1], characters[at]];
  switch (place) {
    case "start":
      return at === 0;
    case "end":
      return at === characters.length;
    case "line start":
      return at === 0 || before === "\n";
    case "line end":
      return at === characters.length || after === "\n";
    case "boundary":
      return isWord(before) !== isWord(after);
    case "no boundary":
      return isWord(before) === isWord(after);
  }
}

/** Follows forks and places from a step. @param states steps that read a character, or the end */
function follow(
  steps: readonly Step[],
  start: number,
  states: Set<number>,
  isHere: (place: Place) => boolean,
) {
  const waiting = [start];
  for (let state = waiting.pop(); state !== undefined; state = waiting.pop()) {
    if (states.has(state)) continue;
    states.add(state);
    const step = steps[state];
    if (step?.kind === "fork") waiting.push(...step.to);
    else if (step?.kind === "place" && isHere(step.place)) waiting.push(state + 1);
  }
}

/** Whether the steps lead to their end anywhere in a text. All ways are followed at once, one character at a time. */
function matches(steps: readonly Step[], text: string): boolean {
  const characters = Array.from(text);
  let states = new Set<number>();
  for (let at = 0; ; at++) {
    follow(steps, 0, states, (place) => isAt(place, characters, at));
    if (states.has(steps.length)) return true;
    const character = characters[at];
    if (character === undefined) return false;
    const next = new Set<number>();
    for (const state of states) {
      const step = steps[state];
      if (step?.kind !== "one" || !step.test(character)) continue;
      follow(steps, state + 1, next, (place) => isAt(place, characters, at + 1));
    }
    states = next;
  }
}

/**
 * Compiles a regular expression of Go. As in Go, the time to match it depends only on the lengths of the expression
 * and the text: an expression such as `(a+)+$` takes JavaScript's own matcher forever.
 * @returns undefined if Go does not accept it
 */
export function compileRegexp(text: string): ((text: string) => boolean) | undefined {
  const steps: Step[] = [];
  try {
    compile(steps, parseRegexp(text));
  } catch (error) {
    if (error instanceof RegexpError) return undefined;
    throw error;
  }
  return (subject) => matches(steps, subject);
}
