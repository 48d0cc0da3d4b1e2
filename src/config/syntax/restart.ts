import { BoxError } from "../../errors.js";
import { quote } from "./quote.js";

export interface RestartPolicy {
  policy: "no" | "on-failure" | "always" | "unless-stopped";
  /** For on-failure; 0: unlimited. */
  maxRetries: number;
}

const HINT = "use no, on-failure[:TIMES], always or unless-stopped";
const POLICIES = ["no", "on-failure", "always", "unless-stopped"] as const;

/**
 * Parses `--restart`: no, on-failure[:N], always or unless-stopped.
 * @throws BoxError invalid-restart; invalid-retries if the number is not one
 */
export function parseRestart(text: string): RestartPolicy {
  const refuse = (code: string, reason: string) =>
    new BoxError(code, `${quote(text)}: ${reason}`, { hint: HINT });
  const [name = "", retries, ...more] = text.split(":");
  if (more.length > 0) throw refuse("invalid-retries", "invalid restart policy format");
  const policy = POLICIES.find((each) => each === name);
  if (retries !== undefined && !/^-?\d{1,9}$/.test(retries))
    throw refuse("invalid-retries", "invalid restart policy format: maximum retry count must be an integer");
  if (policy === undefined) throw refuse("invalid-restart", "invalid restart policy");
  const maxRetries = Number(retries ?? 0);
  if (retries !== undefined && policy !== "on-failure")
    throw refuse("invalid-restart", `maximum retry count cannot be used with restart policy '${policy}'`);
  if (maxRetries < 0) throw refuse("invalid-restart", "maximum retry count cannot be negative");
  return { policy, maxRetries };
}

/** The canonical notation; `parseRestart(formatRestart(r))` returns `r`. */
export function formatRestart({ policy, maxRetries }: RestartPolicy): string {
  return maxRetries > 0 ? `${policy}:${maxRetries}` : policy;
}
