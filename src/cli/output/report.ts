import { BoxError } from "../../errors.js";
import { reportError } from "./print.js";

/**
 * Shows an error as `reportError` does, with the flag that fills the field at fault in the field's place. The fields are
 * loaded only for an error that names one.
 */
export async function reportForBox(error: unknown, debug: boolean): Promise<unknown> {
  if (!(error instanceof BoxError) || error.subject === undefined) return reportError(error, debug);
  const { flagOf } = await import("../flags/flag-of.js");
  return reportError(error, debug, flagOf);
}
