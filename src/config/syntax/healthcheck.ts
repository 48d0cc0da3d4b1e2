import { BoxError, naming } from "../../errors.js";
import { formatDuration, parseDuration } from "./duration.js";
import { quote } from "./quote.js";

/** A Dockerfile's HEALTHCHECK; options not given are absent. */
export interface Healthcheck {
  /** `NONE`, `CMD` and arguments, or `CMD-SHELL` and a shell command. */
  test: string[];
  /** Seconds, by flag name. */
  times: Partial<Record<(typeof TIMES)[number], number>>;
  retries?: number;
}

const TIMES = ["interval", "timeout", "start-period", "start-interval"] as const;
const FLAG = /^--([a-z-]+)=(\S*)\s*/;

type Refuse = (reason: string, hint?: string) => BoxError;

/**
 * Parses the arguments of HEALTHCHECK: `NONE`, or `[--interval=30s --timeout=30s --start-period=0s
 * --start-interval=5s --retries=3] CMD COMMAND`.
 * @param parseList parses the exec form of a command
 * @throws BoxError invalid-change
 */
export function parseHealthcheck(
  text: string,
  parseList: (text: string) => string[] | undefined,
  refuse: Refuse,
): Healthcheck {
  const check: Healthcheck = { test: [], times: {} };
  let rest = text;
  for (let flag = FLAG.exec(rest); flag; flag = FLAG.exec(rest)) {
    const [whole, name = "", value = ""] = flag;
    rest = rest.slice(whole.length);
    const time = TIMES.find((known) => known === name);
    if (time !== undefined)
      check.times[time] = parseTime(value, (why, hint) => refuse(`has --${name}: ${why}`, hint));
    else if (name === "retries" && /^[1-9]\d{0,8}$/.test(value)) check.retries = Number(value);
    else {
      const known = [...TIMES, "retries"].map((each) => `--${each}`).join(", ");
      throw refuse(
        `has an invalid flag ${quote(whole.trim())}`,
        `flags are ${known}; --retries is a number from 1`,
      );
    }
  }
  if (/^none$/i.test(rest) && rest === text) return { ...check, test: ["NONE"] };
  const [, command = ""] = /^CMD\s+([^]+)$/i.exec(rest) ?? [];
  if (command === "") throw refuse("has neither NONE nor CMD", "write HEALTHCHECK [FLAGS] CMD COMMAND");
  const list = parseList(command);
  if (list?.length === 0)
    throw refuse("has an empty command", "to disable the check, write HEALTHCHECK NONE");
  return { ...check, test: list ? ["CMD", ...list] : ["CMD-SHELL", command] };
}

function parseTime(text: string, refuse: Refuse): number {
  try {
    return naming("duration", () => parseDuration(text));
  } catch (error) {
    throw error instanceof BoxError ? refuse(error.message, error.hint) : error;
  }
}

/** The canonical notation. */
export function formatHealthcheck({ test, times, retries }: Healthcheck): string {
  const [kind = "NONE", ...argv] = test;
  if (kind === "NONE") return kind;
  const flags = Object.entries(times).map(([name, seconds]) => `--${name}=${formatDuration(seconds)}`);
  if (retries !== undefined) flags.push(`--retries=${retries}`);
  return [...flags, "CMD", kind === "CMD" ? JSON.stringify(argv) : argv.join(" ")].join(" ");
}
