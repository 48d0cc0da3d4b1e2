import { BoxError } from "../../errors.js";
import { quote } from "./quote.js";
import { parseSize } from "./size.js";
import { within } from "./within.js";

/** What Docker takes beside them, with the one value that says how it is anyway. */
const ANYWAY: Record<string, string> = { compress: "false", mode: "blocking" };

function isValid(name: string, value: string): boolean {
  // As with Docker, -1 is no limit.
  if (name === "max-size") return value === "-1" || within("max-size", () => parseSize(value)) > 0;
  if (name === "max-file") return /^[1-9]\d{0,3}$/.test(value);
  return Object.hasOwn(ANYWAY, name) && ANYWAY[name] === value;
}

/**
 * Parses `--log-opt NAME=VALUE`: `max-size` (a size) and `max-file` (a number) are known.
 * @throws BoxError invalid-log-opt, invalid-size
 */
export function parseLogOpt(text: string): [string, string] {
  const equals = text.indexOf("=");
  const name = text.slice(0, Math.max(equals, 0));
  const value = text.slice(equals + 1);
  if (isValid(name, value)) return [name, value];
  const refuse = (reason: string, hint: string) =>
    new BoxError("invalid-log-opt", `${quote(text)} ${reason}`, { hint });
  if (name === "max-file")
    throw refuse("does not name a number of files", "write a whole number from 1 to 9999: max-file=5");
  if (name === "max-size")
    throw refuse("does not name a size", "write a size such as max-size=20m, or -1 for no limit");
  if (name === "compress") throw refuse("is not possible", "logs that were put aside are not compressed");
  if (name === "mode")
    throw refuse("is not possible", "a box waits while its output is written: mode=blocking");
  throw refuse("is not an option of the log", "max-size=SIZE and max-file=NUMBER are known");
}

/** When a log is put aside, and how many files there are then. */
export interface Rotation {
  maxBytes: number;
  maxFiles: number;
}

/** A box that nobody looks after must not fill its host's disk: unlike Docker's, its log is limited by default. */
const DEFAULT_SIZE = "20m";
const DEFAULT_FILES = "5";

/**
 * What options of the log come to. With `max-size` alone there is one file, as with Docker.
 * @throws BoxError invalid-log-opt, invalid-size
 */
export function toRotation(options: readonly (readonly [string, string])[]): Rotation {
  for (const option of options) parseLogOpt(option.join("="));
  const { "max-size": size, "max-file": files } = Object.fromEntries(options);
  const bytes = size ?? DEFAULT_SIZE;
  return {
    maxBytes: bytes === "-1" ? Infinity : parseSize(bytes),
    maxFiles: Number(files ?? (size === undefined ? DEFAULT_FILES : "1")),
  };
}
