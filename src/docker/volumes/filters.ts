import type { Volume } from "../../engine/volumes.js";
import { booleanFilter, labelsMatch, parseFilters, patternsOf, type Filters } from "../filters.js";

/** @throws BoxError invalid-filter */
export function parseVolumeFilters(texts: readonly string[]): Filters {
  const filters = parseFilters(texts, ["dangling", "driver", "label", "name"]);
  booleanFilter(filters, "dangling");
  return filters;
}

/** Filters of `volume prune`: those by label, and `all`, which is the flag of this name. @throws BoxError invalid-filter */
export function parseVolumePruneFilters(texts: readonly string[]): Filters {
  const filters = parseFilters(texts, ["all", "label", "label!"]);
  booleanFilter(filters, "all");
  return filters;
}

/** Selects the volumes that match all filters. @param used names of the volumes that boxes use */
export async function selectVolumes(
  volumes: readonly Volume[],
  filters: Filters,
  used: ReadonlySet<string>,
): Promise<Volume[]> {
  const nameMatches = await patternsOf(filters, "name");
  const isDangling = booleanFilter(filters, "dangling");
  return volumes.filter(
    ({ name, labels }) =>
      (isDangling === undefined || isDangling !== used.has(name)) &&
      (filters.get("driver")?.includes("local") ?? true) &&
      nameMatches(name) &&
      labelsMatch(labels, filters),
  );
}
