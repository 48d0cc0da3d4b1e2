import type { Event } from "../../engine/system.js";
import { BoxError } from "../../errors.js";
import { visible } from "../../config/syntax/visible.js";
import { parseFormat } from "../format.js";
import { toJson, writeJson } from "../go/json.js";
import { int, keyed, omitEmpty, pointer, strings, struct } from "../go/make.js";
import { INT64 } from "../go/type.js";
import type { Value } from "../go/value.js";
import { formatRfc3339 } from "../times.js";

function byName(attributes: Record<string, string>): [string, string][] {
  return Object.entries(attributes).sort(([a], [b]) => (a < b ? -1 : 1));
}

/** An event as `docker events` prints it. */
function describeLine({ time, type, action, id, attributes }: Event): string {
  const words = byName(attributes).map(([name, value]) => `${visible(name)}=${visible(value)}`);
  const more = words.length === 0 ? "" : ` (${words.join(", ")})`;
  return `${formatRfc3339(new Date(time), 9)} ${type} ${visible(action)} ${visible(id)}${more}`;
}

/** An event as Docker's API describes it. */
function message({ time, type, action, id, attributes }: Event): Value {
  const milliseconds = Date.parse(time) || 0;
  const isOld = type === "container" || type === "image";
  return struct("events.Message", {
    Status: keyed("status", omitEmpty(isOld ? action : "")),
    ID: keyed("id", omitEmpty(isOld ? id : "")),
    From: keyed("from", omitEmpty(type === "container" ? (attributes["image"] ?? "") : "")),
    Type: type,
    Action: action,
    Actor: struct("events.Actor", { ID: id, Attributes: strings(attributes) }),
    Scope: keyed("scope", omitEmpty("local")),
    Time: keyed("time", omitEmpty(int(Math.floor(milliseconds / 1000), INT64))),
    TimeNano: keyed("timeNano", omitEmpty(int(BigInt(milliseconds) * 1_000_000n, INT64))),
  });
}

/** The message that Docker tries templates with. */
const EMPTY = pointer(
  struct("events.Message", {
    ...{ Status: "", ID: "", From: "", Type: "", Action: "" },
    Actor: struct("events.Actor", { ID: "", Attributes: strings() }),
    ...{ Scope: "", Time: int(0, INT64), TimeNano: int(0, INT64) },
  }),
);

/** Prints an event as one line. */
export type EventFormat = (event: Event) => string;

const formatJson: EventFormat = (event) => writeJson(toJson(message(event)));

/**
 * Prepares the format of events.
 * @param format `json`, or a template; undefined: Docker's default format
 * @throws BoxError invalid-template if it does not suit any event
 */
export async function eventFormat(format: string | undefined): Promise<EventFormat> {
  if (format === undefined || format === "") return describeLine;
  if (format === "json") return formatJson;
  try {
    const template = await parseFormat(format);
    template.execute(EMPTY);
    return (event) => template.execute(message(event));
  } catch (error) {
    if (!(error instanceof BoxError)) throw error;
    throw new BoxError("invalid-template", `Error parsing format: ${error.message}`, { cause: error });
  }
}
