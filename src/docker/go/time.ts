import { bool, int, literal, struct } from "./make.js";
import { INT64 } from "./type.js";
import type { Method, Value } from "./value.js";

interface Moment {
  /** Seconds since 1970. */
  seconds: number;
  /** Nine digits. */
  fraction: string;
  /** Minutes east of UTC. */
  offset: number;
}

const RFC_3339 = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(?:Z|([+-])(\d\d):(\d\d))$/;

/** Go's zero time. */
const NEVER = Date.parse("0001-01-01T00:00:00Z") / 1000;

function parse(text: string): Moment {
  const [, local, fraction = "", sign, hours = 0, minutes = 0] = RFC_3339.exec(text) ?? [];
  if (local === undefined) return { seconds: NEVER, fraction: "0".repeat(9), offset: 0 };
  const offset = (Number(hours) * 60 + Number(minutes)) * (sign === "-" ? -1 : 1);
  const seconds = Date.parse(`${local}Z`) / 1000 - offset * 60;
  return { seconds, fraction: fraction.padEnd(9, "0"), offset };
}

const DAYS = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
const MONTHS = [
  ...["January", "February", "March", "April", "May", "June", "July"],
  ...["August", "September", "October", "November", "December"],
];

const two = (value: number) => String(value).padStart(2, "0");

function zone(offset: number, separator: string): string {
  const size = Math.abs(offset);
  return `${offset < 0 ? "-" : "+"}${two(Math.floor(size / 60))}${separator}${two(size % 60)}`;
}

/** The parts of a layout, which is a certain time in 2006. */
const PARTS =
  /January|Jan|Monday|Mon|MST|2006|Z07:00|-07:00|-0700|[.,]0+(?!\d)|[.,]9+(?!\d)|0[1-6]|_2|15|PM|pm|[1-5]/g;

function part(name: string, { fraction, offset }: Moment, local: Date): string {
  if (/^[.,]0/.test(name)) return name.charAt(0) + fraction.slice(0, name.length - 1);
  if (/^[.,]9/.test(name)) {
    const digits = fraction.slice(0, name.length - 1).replace(/0+$/, "");
    return digits === "" ? "" : name.charAt(0) + digits;
  }
  const [year, month, day] = [local.getUTCFullYear(), local.getUTCMonth(), local.getUTCDate()];
  const hour = local.getUTCHours();
  const values: Record<string, string | number> = {
    "2006": String(year).padStart(4, "0"),
    "06": two(year % 100),
    January: MONTHS[month] ?? "",
    Jan: (MONTHS[month] ?? "").slice(0, 3),
    "01": two(month + 1),
    "1": month + 1,
    Monday: DAYS[local.getUTCDay()] ?? "",
    Mon: (DAYS[local.getUTCDay()] ?? "").slice(0, 3),
    "02": two(day),
    _2: String(day).padStart(2),
    "2": day,
    "15": two(hour),
    "03": two(hour % 12 || 12),
    "3": hour % 12 || 12,
    "04": two(local.getUTCMinutes()),
    "4": local.getUTCMinutes(),
    "05": two(local.getUTCSeconds()),
    "5": local.getUTCSeconds(),
    PM: hour < 12 ? "AM" : "PM",
    pm: hour < 12 ? "am" : "pm",
    MST: offset === 0 ? "UTC" : zone(offset, "").replace(/00$/, ""),
    "Z07:00": offset === 0 ? "Z" : zone(offset, ":"),
    "-07:00": zone(offset, ":"),
    "-0700": zone(offset, ""),
  };
  return String(values[name] ?? name);
}

function format(moment: Moment, layout: string): string {
  const local = new Date((moment.seconds + moment.offset * 60) * 1000);
  return layout.replace(PARTS, (name) => part(name, moment, local));
}

const method = (call: (...args: string[]) => Value): Method => ({ arity: call.length, call });

/** A `time.Time`. @param text in the form of RFC 3339; anything else is the zero time */
export function time(text: string): Value {
  const moment = parse(text);
  const string = () => format(moment, "2006-01-02 15:04:05.999999999 -0700 MST");
  const nanoseconds = () => BigInt(moment.seconds) * 1_000_000_000n + BigInt(moment.fraction);
  return struct(
    "time.Time",
    {},
    {
      string,
      json: () => format(moment, "2006-01-02T15:04:05.999999999Z07:00"),
      methods: {
        String: method(() => literal(string())),
        Format: method((layout: string) => literal(format(moment, layout))),
        IsZero: method(() => bool(moment.seconds === NEVER && Number(moment.fraction) === 0)),
        Unix: method(() => int(moment.seconds, INT64)),
        UnixMilli: method(() => int(nanoseconds() / 1_000_000n, INT64)),
        UnixNano: method(() => int(nanoseconds(), INT64)),
      },
    },
  );
}
