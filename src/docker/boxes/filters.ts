import { BoxError } from "../../errors.js";
import type { Box } from "../../engine/boxes.js";
import { findAmong } from "../../vm/box/find.js";
import { labelsOf } from "../../vm/box/labels.js";
import {
  booleanFilter,
  invalidFilter,
  labelsMatch,
  parseFilters,
  patternsOf,
  type Filters,
} from "../filters.js";
import { hasAncestor, type Ancestors } from "./ancestors.js";
import { mountedIn } from "./mounts.js";
import { networkNames } from "./network.js";
import { hasPort, parsePortFilter } from "./port-filters.js";
import { statusOf } from "./rows.js";

const FILTERS = [
  ...["ancestor", "before", "exited", "expose", "health", "id", "is-task", "label", "name", "network"],
  ...["publish", "since", "status", "volume"],
];

/** Docker's; a box is never `removing` or `dead`. */
const STATUSES = ["created", "running", "paused", "restarting", "removing", "exited", "dead"];
const HEALTHS = ["starting", "healthy", "unhealthy", "none"];

/** @throws BoxError invalid-filter */
export function parseBoxFilters(texts: readonly string[]): Filters {
  const filters = parseFilters(texts, FILTERS);
  for (const status of filters.get("status") ?? [])
    if (!STATUSES.includes(status))
      throw invalidFilter(`status=${status}`, `use one of ${STATUSES.join(", ")}`);
  for (const health of filters.get("health") ?? [])
    if (!HEALTHS.includes(health))
      throw new BoxError("invalid-filter", `Unrecognised filter value for health: ${health.slice(0, 80)}`, {
        hint: `use one of ${HEALTHS.join(", ")}`,
      });
  for (const code of filters.get("exited") ?? [])
    if (!/^[+-]?\d{1,9}$/.test(code)) throw invalidFilter(`exited=${code}`, "write an exit code");
  booleanFilter(filters, "is-task");
  for (const name of ["expose", "publish"])
    for (const value of filters.get(name) ?? []) parsePortFilter(name, value);
  return filters;
}

/** The networks whose IDs begin with a value of `network=`, by that value. */
export type NetworksById = ReadonlyMap<string, readonly string[]>;

/** Whether a box has a mount with this host path, volume name or mount point. */
function hasMount(box: Box, wanted: string): boolean {
  const { sources, targets } = mountedIn(box);
  const names = box.record.namedVolumes.map(({ name }) => name);
  return wanted !== "" && [...sources, ...targets, ...names].includes(wanted);
}

/**
 * Selects the boxes that match all filters; one of several values of a filter is enough.
 * @param ancestors for each value of the filter `ancestor`
 * @param networksById for each value of the filter `network`
 */
export async function selectBoxes(
  boxes: Box[],
  filters: Filters,
  ancestors: Ancestors = new Map(),
  networksById: NetworksById = new Map(),
): Promise<Box[]> {
  const [idMatches, nameMatches] = [await patternsOf(filters, "id"), await patternsOf(filters, "name")];
  const madeAt = (name: string) =>
    (filters.get(name) ?? []).map((word) => findAmong({ boxes, unreadable: [] }, word).record.createdAt);
  const [before, since] = [madeAt("before"), madeAt("since")];
  const networkFits = (box: Box, value: string) => {
    const names = networkNames(box);
    const { network } = box.record.config;
    return (
      [network, ...names].includes(value) || networksById.get(value)?.some((name) => names.includes(name))
    );
  };
  const any = (name: string, fits: (value: string) => boolean | undefined) =>
    filters.get(name)?.some(fits) ?? true;
  return boxes.filter((box) => {
    const { record, state } = box;
    return (
      any("ancestor", (image) => hasAncestor(box, image, ancestors)) &&
      any("exited", (code) => statusOf(state) === "exited" && state.exitCode === Number(code)) &&
      any("health", (health) => (state.health?.status ?? "none") === health) &&
      any("expose", (port) => hasPort(box, "expose", port)) &&
      any("publish", (port) => hasPort(box, "publish", port)) &&
      // Tasks are those of a swarm.
      booleanFilter(filters, "is-task") !== true &&
      idMatches(record.id) &&
      nameMatches(record.name, `/${record.name}`) &&
      any("network", (network) => networkFits(box, network)) &&
      any("status", (status) => statusOf(state) === status) &&
      any("volume", (volume) => hasMount(box, volume)) &&
      before.every((time) => record.createdAt < time) &&
      since.every((time) => record.createdAt > time) &&
      labelsMatch(labelsOf(record), filters)
    );
  });
}
