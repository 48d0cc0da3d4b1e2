import { BoxError } from "../../errors.js";
import { quote } from "./quote.js";

/** Names as in Docker, after setrlimit(2). */
export const ULIMIT_NAMES = [
  "core",
  "cpu",
  "data",
  "fsize",
  "locks",
  "memlock",
  "msgqueue",
  "nice",
  "nofile",
  "nproc",
  "rss",
  "rtprio",
  "rttime",
  "sigpending",
  "stack",
] as const;

export interface Ulimit {
  name: (typeof ULIMIT_NAMES)[number];
  /** -1: unlimited. As in Docker, 64 bits with a sign. */
  soft: bigint;
  /** -1: unlimited. */
  hard: bigint;
}

function invalid(text: string, reason: string): BoxError {
  return new BoxError("invalid-ulimit", `${quote(text)} ${reason}`, {
    hint: "write NAME=SOFT[:HARD], such as nofile=1024:2048; -1 is unlimited",
  });
}

function parseLimit(limit: string, text: string): bigint {
  const value = /^[+-]?\d{1,40}$/.test(limit) ? BigInt(limit.replace("+", "")) : undefined;
  if (value === undefined || BigInt.asIntN(64, value) !== value)
    throw invalid(text, `has an invalid limit ${quote(limit)}`);
  return value;
}

/**
 * Parses `--ulimit NAME=SOFT[:HARD]`; HARD defaults to SOFT.
 * @throws BoxError invalid-ulimit
 */
export function parseUlimit(text: string): Ulimit {
  const equals = text.indexOf("=");
  const name = ULIMIT_NAMES.find((known) => known === text.slice(0, Math.max(equals, 0)));
  if (name === undefined) throw invalid(text, `has an unknown name; use one of ${ULIMIT_NAMES.join(", ")}`);
  const [first = "", second, ...more] = text.slice(equals + 1).split(":");
  if (more.length > 0) throw invalid(text, "has more than two limits");
  const soft = parseLimit(first, text);
  const hard = second === undefined ? soft : parseLimit(second, text);
  if (hard !== -1n && (soft === -1n || soft > hard))
    throw invalid(text, "has a soft limit greater than its hard limit");
  return { name, soft, hard };
}

/** The canonical notation; `parseUlimit(formatUlimit(u))` returns `u`. */
export function formatUlimit({ name, soft, hard }: Ulimit): string {
  return `${name}=${soft}:${hard}`;
}
