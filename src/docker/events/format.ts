import type { Event } from "../../engine/system.js";
import { visible } from "../../config/syntax/visible.js";
import { fillTemplate } from "../template.js";

/** RFC 3339 in the host's time zone, with nine fractional digits as in Docker. */
function formatTime(time: Date): string {
  const offset = -time.getTimezoneOffset();
  const local = new Date(time.getTime() + offset * 60_000).toISOString().slice(0, -1);
  const two = (value: number) => String(Math.trunc(value)).padStart(2, "0");
  const zone =
    offset === 0
      ? "Z"
      : `${offset < 0 ? "-" : "+"}${two(Math.abs(offset) / 60)}:${two(Math.abs(offset) % 60)}`;
  return `${local}000000${zone}`;
}

function byName(attributes: Record<string, string>): [string, string][] {
  return Object.entries(attributes).sort(([a], [b]) => (a < b ? -1 : 1));
}

/** An event as `docker events` prints it. */
function describeLine({ time, type, action, id, attributes }: Event): string {
  const words = byName(attributes).map(([name, value]) => `${visible(name)}=${visible(value)}`);
  const more = words.length === 0 ? "" : ` (${words.join(", ")})`;
  return `${formatTime(new Date(time))} ${type} ${visible(action)} ${visible(id)}${more}`;
}

/** An event in the format of Docker's API. */
function describeJson({ time, type, action, id, attributes }: Event): string {
  const milliseconds = Date.parse(time);
  const old = { status: action, id: id === "" ? undefined : id };
  return JSON.stringify({
    ...(type === "volume" ? {} : type === "image" ? old : { ...old, from: attributes["image"] }),
    Type: type,
    Action: action,
    Actor: { ID: id, Attributes: Object.fromEntries(byName(attributes)) },
    scope: "local",
    time: Math.floor(milliseconds / 1000),
    timeNano: milliseconds * 1e6,
  });
}

/** Fields for templates. Any attribute may be missing: attributes are a Go map, hence an object without prototype. */
function fieldsOf({ time, type, action, id, attributes }: Event): Record<string, unknown> {
  const milliseconds = Date.parse(time);
  const map = Object.assign(Object.create(null) as object, Object.fromEntries(byName(attributes)));
  return {
    Type: type,
    Action: action,
    Actor: { ID: id, Attributes: map },
    Scope: "local",
    Time: Math.floor(milliseconds / 1000),
    TimeNano: milliseconds * 1e6,
    ID: id,
    Status: action,
    From: attributes["image"] ?? "",
  };
}

const SAMPLE: Event = { time: "", type: "container", action: "", id: "", attributes: {} };

/** Checks a format before the first event. @throws BoxError invalid-format */
export function checkEventFormat(format: string | undefined): void {
  if (format !== undefined && format !== "json") fillTemplate(format, fieldsOf(SAMPLE));
}

/**
 * Formats an event as one line.
 * @param format `json`, or a template; undefined: Docker's default format
 * @throws BoxError invalid-format
 */
export function showEvent(event: Event, format: string | undefined): string {
  if (format === undefined) return describeLine(event);
  if (format === "json" || /^\{\{\s*json\s+\.\s*\}\}$/.test(format)) return describeJson(event);
  return fillTemplate(format, fieldsOf(event));
}
