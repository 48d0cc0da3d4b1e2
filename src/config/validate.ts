import { BoxConfig } from "./box-config.js";
import { BoxError } from "../errors.js";
import { explainIssue } from "./explain-issue.js";

/** Keys that a configuration does not have, and where. */
export interface UnknownKeys {
  path: readonly PropertyKey[];
  keys: string[];
}

/**
 * Checks a configuration and fills in what it does not say.
 * @param suggest the key that a mistyped one stands for.
 * @throws BoxError invalid-config
 */
export function validateConfig(
  input: unknown,
  suggest: (unknown: UnknownKeys) => string | undefined = () => undefined,
): BoxConfig {
  const result = BoxConfig.safeParse(input);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  if (!issue) throw new BoxError("invalid-config", "the configuration is not valid");
  const hint =
    issue.code === "unrecognized_keys" ? suggest({ path: issue.path, keys: issue.keys }) : undefined;
  throw new BoxError("invalid-config", explainIssue(input, issue, "the configuration"), {
    ...(hint === undefined ? {} : { hint }),
  });
}
