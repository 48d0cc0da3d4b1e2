import type { Event } from "../../engine/system.js";
import { labelsMatch, parseTime, splitFilters, type Filters } from "../filters.js";

/** Filters by the beginning of an ID or name. As in Docker, they do not look at the kind of the object. */
const NAMED = [
  ...["box", "config", "container", "daemon", "network", "node", "plugin", "secret", "service", "volume"],
];
/** Actions with a detail after a colon, which filters may omit: `event=exec_create` matches all of them. */
const WITH_DETAIL = /^(exec_create|exec_start|health_status): .*$/s;

/** As in Docker, filters that do not exist have no effect. @throws BoxError malformed-filter */
export function parseEventFilters(texts: readonly string[]): Filters {
  return splitFilters(texts);
}

/** Parses `--since` and `--until`, whose defaults depend on each other as in Docker. @throws BoxError invalid-time */
export async function eventRange(
  since: string | undefined,
  until: string | undefined,
): Promise<{ since: number; until: number }> {
  const last = until === undefined ? Infinity : await parseTime(until);
  const first = until === undefined ? Date.now() : -Infinity;
  return { since: since === undefined ? first : await parseTime(since), until: last };
}

/** Names that match an image: `nginx:alpine` and `nginx`, also for `nginx@sha256:…`. */
function namesOf(image: string): string[] {
  return [image, image.replace(/@.*$/s, "").replace(/:[^/:]*$/, "")];
}

function beginsWith({ id, attributes }: Event, wanted: string): boolean {
  return id.startsWith(wanted) || (attributes["name"] ?? "").startsWith(wanted);
}

function hasImage({ type, id, attributes }: Event, wanted: string): boolean {
  if (type === "volume" || type === "network") return false;
  const name = attributes[type === "image" ? "name" : "image"] ?? "";
  const known = [...namesOf(name), ...(type === "image" ? [...namesOf(id), id.replace(/^sha256:/, "")] : [])];
  return known.includes(wanted);
}

/** Whether an event matches all filters; one of several values of a filter is enough. */
export function matchesEvent(event: Event, filters: Filters): boolean {
  const some = (name: string, matches: (wanted: string) => boolean) =>
    filters.get(name)?.some(matches) ?? true;
  return (
    some("type", (wanted) => event.type === wanted || (wanted === "box" && event.type === "container")) &&
    some("event", (wanted) => [event.action, event.action.replace(WITH_DETAIL, "$1")].includes(wanted)) &&
    some("scope", (wanted) => wanted === "local") &&
    NAMED.every((name) => some(name, (wanted) => beginsWith(event, wanted))) &&
    some("image", (wanted) => hasImage(event, wanted)) &&
    labelsMatch(event.attributes, filters)
  );
}
