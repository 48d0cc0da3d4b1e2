import type { Event } from "../../engine/system.js";
import { labelsMatch, parseFilters, parseTime, type Filters } from "../filters.js";

const KNOWN = ["box", "container", "event", "image", "label", "label!", "type", "volume"];
/** Actions with a detail after a colon, which filters may omit: `event=exec_create` matches all of them. */
const WITH_DETAIL = /^(exec_create|exec_start|health_status): .*$/s;

/** @throws BoxError invalid-filter */
export function parseEventFilters(texts: readonly string[]): Filters {
  return parseFilters(texts, KNOWN);
}

/** Parses `--since` and `--until`, whose defaults depend on each other as in Docker. @throws BoxError invalid-filter */
export async function eventRange(
  since: string | undefined,
  until: string | undefined,
): Promise<{ since: number; until: number }> {
  const last = until === undefined ? Infinity : await parseTime(until, "until");
  const first = until === undefined ? Date.now() : -Infinity;
  return { since: since === undefined ? first : await parseTime(since, "since"), until: last };
}

/** Names that match an image: `nginx:alpine` and `nginx`, also for `nginx@sha256:…`. */
function namesOf(image: string): string[] {
  return [image, image.replace(/@.*$/s, "").replace(/:[^/:]*$/, "")];
}

function isBox({ type, id, attributes }: Event, wanted: string): boolean {
  return type === "container" && (attributes["name"] === wanted || (wanted !== "" && id.startsWith(wanted)));
}

function hasImage({ type, id, attributes }: Event, wanted: string): boolean {
  if (type === "volume") return false;
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
    some("box", (wanted) => isBox(event, wanted)) &&
    some("container", (wanted) => isBox(event, wanted)) &&
    some("image", (wanted) => hasImage(event, wanted)) &&
    some("volume", (wanted) => event.type === "volume" && event.id === wanted) &&
    labelsMatch(event.attributes, filters)
  );
}
