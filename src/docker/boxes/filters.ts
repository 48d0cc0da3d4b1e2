import { BoxError } from "../../errors.js";
import { quote } from "../../config/syntax/quote.js";
import type { Box } from "../../engine/boxes.js";
import { findAmong } from "../../vm/box/find.js";
import { labelsMatch, parseFilters, type Filters } from "../filters.js";
import { mountedIn } from "./mounts.js";
import { hasAncestor, statusOf } from "./rows.js";

const FILTERS = [
  ...[
    "ancestor",
    "before",
    "exited",
    "health",
    "id",
    "label",
    "label!",
    "name",
    "network",
    "since",
    "status",
  ],
  "volume",
];

const STATUSES = ["created", "running", "paused", "restarting", "exited"];
const HEALTHS = ["starting", "healthy", "unhealthy", "none"];

/** @throws BoxError invalid-filter */
export function parseBoxFilters(texts: readonly string[]): Filters {
  const filters = parseFilters(texts, FILTERS);
  const refuse = (text: string, hint: string) => {
    throw new BoxError("invalid-filter", `invalid filter ${quote(text)}`, { subject: "filter", hint });
  };
  for (const status of filters.get("status") ?? [])
    if (!STATUSES.includes(status)) refuse(`status=${status}`, `use one of ${STATUSES.join(", ")}`);
  for (const health of filters.get("health") ?? [])
    if (!HEALTHS.includes(health)) refuse(`health=${health}`, `use one of ${HEALTHS.join(", ")}`);
  for (const code of filters.get("exited") ?? [])
    if (!/^\d{1,3}$/.test(code)) refuse(`exited=${code}`, "write an exit code");
  return filters;
}

/** Whether a box has a mount with this host path, volume name or mount point. */
function hasMount(box: Box, wanted: string): boolean {
  const { sources, targets } = mountedIn(box);
  const names = box.record.namedVolumes.map(({ name }) => name);
  return wanted !== "" && [...sources, ...targets, ...names].includes(wanted);
}

/** Selects the boxes that match all filters; one of several values of a filter is enough. */
export function selectBoxes(boxes: Box[], filters: Filters): Box[] {
  const madeAt = (name: string) =>
    (filters.get(name) ?? []).map((word) => findAmong({ boxes, unreadable: [] }, word).record.createdAt);
  const [before, since] = [madeAt("before"), madeAt("since")];
  const any = (name: string, fits: (value: string) => boolean) => filters.get(name)?.some(fits) ?? true;
  return boxes.filter((box) => {
    const { record, state } = box;
    const { network } = record.config;
    return (
      any("ancestor", (image) => hasAncestor(box, image)) &&
      any("exited", (code) => state.status === "exited" && state.exitCode === Number(code)) &&
      any("health", (health) => (state.health?.status ?? "none") === health) &&
      any("id", (id) => record.id.startsWith(id)) &&
      any("name", (name) => record.name.includes(name)) &&
      any("network", (name) => network === name || network === `bridge:${name}`) &&
      any("status", (status) => statusOf(state) === status) &&
      any("volume", (volume) => hasMount(box, volume)) &&
      before.every((time) => record.createdAt < time) &&
      since.every((time) => record.createdAt > time) &&
      labelsMatch(record.options.labels, filters)
    );
  });
}
