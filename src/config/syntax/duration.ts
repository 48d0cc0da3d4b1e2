import { BoxError } from "../../errors.js";
import { quote } from "./quote.js";

const NANOSECONDS = { ns: 1, us: 1e3, µs: 1e3, μs: 1e3, ms: 1e6, s: 1e9, m: 60e9, h: 3600e9 } as const;
const PART = /(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h)/gy;

/** Longest duration, in seconds, that a number holds to the nanosecond: 104 days. */
const MAX_SECONDS = Math.floor(Number.MAX_SAFE_INTEGER / 1e9);

/**
 * Parses a duration in Go's notation: `1m30s`, `1.5h`, `500ms`, `0`.
 * @param plain also accept a number without a unit, in seconds
 * @returns seconds
 * @throws BoxError invalid-duration
 */
export function parseDuration(text: string, plain = false): number {
  const invalid = (reason: string) =>
    new BoxError("invalid-duration", `${quote(text)} ${reason}`, {
      hint: `write a duration such as 90s, 1m30s or 500ms${plain ? ", or a number of seconds" : ""}`,
    });
  if (text === "0") return 0;
  if (plain && /^\d{1,15}$/.test(text)) return limit(Number(text), invalid);
  let nanoseconds = 0;
  let end = 0;
  for (const [part, number, unit] of text.slice(0, 100).matchAll(PART)) {
    nanoseconds += Number(number) * NANOSECONDS[unit as keyof typeof NANOSECONDS];
    end += part.length;
  }
  if (end === 0 || end !== text.length) {
    throw invalid(/^\d+$/.test(text.slice(0, 100)) ? "has no unit" : "is not a duration");
  }
  return limit(Math.round(nanoseconds) / 1e9, invalid);
}

function limit(seconds: number, invalid: (reason: string) => BoxError): number {
  if (seconds > MAX_SECONDS) throw invalid(`is longer than ${MAX_SECONDS} seconds`);
  return seconds;
}

/** Converts to the unit of image configurations; undefined for null and undefined. */
export function toNanoseconds(seconds: number | null | undefined): number | undefined {
  return seconds === null || seconds === undefined ? undefined : Math.round(seconds * 1e9);
}

/** The notation of Go's `time.Duration`, such as 1m30s; `parseDuration(formatDuration(d))` returns `d`. */
export function formatDuration(seconds: number): string {
  const total = Math.round(seconds * 1e9);
  if (total === 0) return "0s";
  if (total < 1e9)
    return total % 1e6 === 0 ? `${total / 1e6}ms` : total % 1e3 === 0 ? `${total / 1e3}us` : `${total}ns`;
  const hours = Math.floor(total / 3600e9);
  const minutes = Math.floor((total % 3600e9) / 60e9);
  const rest = total % 60e9;
  const fraction = String(rest % 1e9)
    .padStart(9, "0")
    .replace(/0+$/, "");
  const tail = `${Math.floor(rest / 1e9)}${fraction === "" ? "" : `.${fraction}`}s`;
  return `${hours > 0 ? `${hours}h` : ""}${hours > 0 || minutes > 0 ? `${minutes}m` : ""}${tail}`;
}
