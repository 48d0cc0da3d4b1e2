import { BoxError } from "../../errors.js";
import { quote } from "./quote.js";

export interface RestartPolicy {
  policy: "no" | "on-failure" | "always" | "unless-stopped";
  /** For on-failure; 0: unlimited. */
  maxRetries: number;
}

/**
 * Parses `--restart`: no, on-failure[:N], always or unless-stopped.
 * @throws BoxError invalid-restart
 */
export function parseRestart(text: string): RestartPolicy {
  const match = /^(?:(no|always|unless-stopped)|(on-failure)(?::(\d{1,9}))?)$/.exec(text);
  if (!match) {
    throw new BoxError("invalid-restart", `${quote(text)} is not a restart policy`, {
      hint: "use no, on-failure[:TIMES], always or unless-stopped",
    });
  }
  return { policy: (match[1] ?? match[2]) as RestartPolicy["policy"], maxRetries: Number(match[3] ?? 0) };
}

/** The canonical notation; `parseRestart(formatRestart(r))` returns `r`. */
export function formatRestart({ policy, maxRetries }: RestartPolicy): string {
  return maxRetries > 0 ? `${policy}:${maxRetries}` : policy;
}
