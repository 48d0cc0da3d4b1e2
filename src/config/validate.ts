import type * as z from "zod/mini";
import { BoxError } from "../errors.js";
import { BoxConfig } from "./box-config.js";
import { explainIssue } from "./explain-issue.js";
import { findOwnProto } from "./own-proto.js";

/** Keys of an object that its schema does not have. */
export interface UnknownKeys {
  path: readonly PropertyKey[];
  keys: string[];
}

/** Returns the key that a mistyped one was probably meant to be. */
export type Suggest = (unknown: UnknownKeys) => string | undefined;

/**
 * Rejects `__proto__` as a key: schemas drop it silently.
 * @param place path of the input in its document
 * @throws BoxError invalid-config
 */
export function refuseOwnProto(input: unknown, place: readonly string[]): void {
  const path = findOwnProto(input);
  if (path === undefined) return;
  const subject = [...place, ...path].map(String).join(".") || "the configuration";
  throw new BoxError("invalid-config", 'cannot have the name "__proto__"', { subject });
}

/**
 * Checks a document against a schema and fills in defaults.
 * @throws BoxError invalid-config
 */
export function validate<Output>(schema: z.ZodMiniType<Output>, input: unknown, suggest: Suggest): Output {
  refuseOwnProto(input, []);
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  if (!issue) throw new BoxError("invalid-config", "the configuration is not valid");
  const hint =
    issue.code === "unrecognized_keys" ? suggest({ path: issue.path, keys: issue.keys }) : undefined;
  const { subject, reason } = explainIssue(input, issue, "the configuration");
  throw new BoxError("invalid-config", reason, { subject, hint });
}

/**
 * Checks a configuration and fills in defaults.
 * @throws BoxError invalid-config
 */
export function validateConfig(input: unknown, suggest: Suggest = () => undefined): BoxConfig {
  return validate(BoxConfig, input, suggest);
}
