import { BoxError } from "../../errors.js";

/** An error in a template, or in what it does with a value. The words are those of Go. */
export function templateError(reason: string): BoxError {
  return new BoxError("invalid-format", `template: ${reason}`);
}

/** A failure of a function that a template calls; the caller knows where. */
export class CallError extends Error {}
