import { BoxError } from "../../errors.js";
import { reportError } from "./print.js";

/** Matches quoted names of fields, such as `pool.minIdle`. */
const FIELD = /`\w+\.[\w.]+`/;

/**
 * Prints an error as `reportError` does, with the flag that sets the invalid field in place of the field's name. The
 * fields are loaded only if the error names one.
 */
export async function reportForBox(error: unknown, debug: boolean): Promise<unknown> {
  const names = error instanceof BoxError && (error.subject !== undefined || FIELD.test(error.reason));
  if (!names) return reportError(error, debug);
  const { flagOf } = await import("../flags/flag-of.js");
  return reportError(error, debug, flagOf);
}
