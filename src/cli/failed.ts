import * as z from "zod/mini";
import { BoxError } from "../errors.js";

const Failure = z.object({
  code: z.string(),
  message: z.string(),
  subject: z.optional(z.string()),
  hint: z.optional(z.string()),
});

/** The error that ended a `box run` of the native client, which leaves it to Node to report it. */
export function failureFrom(json: string): BoxError {
  const { code, message, subject, hint } = Failure.parse(JSON.parse(json));
  return new BoxError(code, message, { subject, hint });
}
