import type { Value } from "../go/value.js";
import { FUNCTIONS, HEADING_FUNCTIONS } from "./docker-functions.js";
import { execute } from "./execute.js";
import { parse } from "./parse.js";

export interface Template {
  /**
   * Fills in the template. Control characters in texts from outside are escaped.
   * @param strict a missing key of a map is an error, rather than `<no value>`
   * @throws BoxError invalid-format
   */
  readonly execute: (value: Value | undefined, options?: { strict?: boolean }) => string;
  /** Fills in the template up to the first error. */
  readonly upToError: (value: Value) => string;
  /** Fills in the heading of a table, up to the first error. */
  readonly heading: (value: Value) => string;
}

const NAMES = new Set(FUNCTIONS.keys());

/** Parses a template of Go with Docker's functions. @throws BoxError invalid-format */
export function parseTemplate(text: string): Template {
  const templates = parse(text, NAMES);
  return {
    execute: (value, options) => execute({ text, templates, functions: FUNCTIONS }, value, options),
    upToError: (value) => execute({ text, templates, functions: FUNCTIONS }, value, { lenient: true }),
    heading: (value) => execute({ text, templates, functions: HEADING_FUNCTIONS }, value, { lenient: true }),
  };
}
