import { BoxError } from "../../errors.js";
import { reportError } from "./print.js";

/**
 * Prints an error as `reportError` does, with the flag that sets the invalid field in place of the field's name. The
 * fields are loaded only if the error has a subject.
 */
export async function reportForBox(error: unknown, debug: boolean): Promise<unknown> {
  if (!(error instanceof BoxError) || error.subject === undefined) return reportError(error, debug);
  const { flagOf } = await import("../flags/flag-of.js");
  return reportError(error, debug, flagOf);
}
