import { BoxError } from "../../errors.js";
import { quote } from "./quote.js";
import { parseSize } from "./size.js";
import { within } from "./within.js";

/** Docker's other options, each with the one value that describes what box does anyway. */
const FIXED: Record<string, string> = { compress: "false", mode: "blocking" };

function isValid(name: string, value: string): boolean {
  // As in Docker, -1 means unlimited.
  if (name === "max-size") return value === "-1" || within("max-size", () => parseSize(value)) > 0;
  if (name === "max-file") return /^[1-9]\d{0,3}$/.test(value);
  return Object.hasOwn(FIXED, name) && FIXED[name] === value;
}

/**
 * Parses `--log-opt NAME=VALUE`: `max-size` (a size) or `max-file` (a number).
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
    throw refuse("is not a valid number of files", "write a whole number from 1 to 9999: max-file=5");
  if (name === "max-size")
    throw refuse("is not a valid size", "write a size such as max-size=20m, or -1 for no limit");
  if (name === "compress") throw refuse("is not supported", "rotated logs are not compressed");
  if (name === "mode")
    throw refuse("is not supported", "a box waits until its output is written: mode=blocking");
  throw refuse("is an unknown log opt", "use max-size=SIZE or max-file=NUMBER");
}

/** Size at which a log is rotated, and the number of files kept, the current one included. */
export interface Rotation {
  maxBytes: number;
  maxFiles: number;
}

/** Unlike in Docker, logs are limited by default: an unattended box must not fill the host's disk. */
const DEFAULT_SIZE = "20m";
const DEFAULT_FILES = "5";

/**
 * Parses all log options. As in Docker, `max-size` alone keeps a single file.
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
