const two = (value: number) => String(Math.trunc(value)).padStart(2, "0");

function zoneOf(date: Date, separator: string): string {
  const offset = -date.getTimezoneOffset();
  const size = Math.abs(offset);
  return `${offset < 0 ? "-" : "+"}${two(size / 60)}${separator}${two(size % 60)}`;
}

/** The last moment that a Date can hold. */
const LAST_MS = 8.64e15;

/** The host's time at this moment, without a zone: `2026-01-31T12:00:00.000`. */
function local(date: Date): string {
  const time = date.getTime() - date.getTimezoneOffset() * 60_000;
  return new Date(Math.min(time, LAST_MS)).toISOString().slice(0, -1);
}

/**
 * RFC 3339 in the host's time zone.
 * @param digits of the fraction of a second: 0, or at least 3
 */
export function formatRfc3339(date: Date, digits = 0): string {
  const time = local(date);
  const shown = digits === 0 ? time.slice(0, -".000".length) : time.padEnd(time.length + digits - 3, "0");
  return `${shown}${date.getTimezoneOffset() === 0 ? "Z" : zoneOf(date, ":")}`;
}

/** The abbreviation of the host's time zone, such as CEST; its offset if it has none, as in Go. */
function zoneName(date: Date): string {
  // Each language knows the abbreviations of its own countries only.
  const names = ["en-US", "en-GB"].map(
    (language) =>
      new Intl.DateTimeFormat(language, { timeZoneName: "short" })
        .formatToParts(date)
        .find(({ type }) => type === "timeZoneName")?.value ?? "",
  );
  const name = names.find((text) => /^[A-Z]{3,5}$/.test(text));
  return name ?? zoneOf(date, "").replace(/00$/, "");
}

/** A time as Docker's lists show it, in the host's time zone: `2026-01-31 12:00:00 +0000 UTC`. */
export function formatListTime(date: Date): string {
  const time = local(date).slice(0, -".000".length).replace("T", " ");
  // Loading the names of time zones takes a few milliseconds.
  const isUtc = date.toString().endsWith("(Coordinated Universal Time)");
  return `${time} ${zoneOf(date, "")} ${isUtc ? "UTC" : zoneName(date)}`;
}

/** RFC 3339 as Go prints it: no zeros at the end of a fraction, and Z for UTC. */
export function goTime(time: string): string {
  return time
    .replace(/(\.\d*?)0+(?=Z|[+-])/, "$1")
    .replace(/\.(?=Z|[+-])/, "")
    .replace(/[+-]00:00$/, "Z");
}

/** A time in UTC as Go shows it: `2026-01-31 12:00:00.123 +0000 UTC`. */
export function goTimeText(time: string): string {
  return goTime(time).replace("T", " ").replace(/Z$/, " +0000 UTC");
}

/** RFC 3339 with nine digits, of a time with fewer. */
export function nineDigits(time: string): string {
  return time.replace(
    /(?:\.(\d{1,9}))?(?=Z|[+-]\d\d:\d\d$)/,
    (_, digits = "") => `.${String(digits).padEnd(9, "0")}`,
  );
}
