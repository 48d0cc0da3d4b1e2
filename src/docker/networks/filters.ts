import { BoxError } from "../../errors.js";
import type { InspectedNetwork } from "../../engine/networks.js";
import { booleanFilter, labelsMatch, parseFilters, patternsOf, type Filters } from "../filters.js";

const TYPES = ["builtin", "custom"];

/** @throws BoxError invalid-filter */
export function parseNetworkFilters(texts: readonly string[]): Filters {
  const filters = parseFilters(texts, ["dangling", "driver", "id", "label", "name", "scope", "type"]);
  booleanFilter(filters, "dangling");
  const type = filters.get("type")?.find((each) => !TYPES.includes(each));
  if (type !== undefined)
    throw new BoxError("invalid-filter", `invalid filter: 'type'='${type.slice(0, 80)}'`, {
      hint: `use ${TYPES.join(" or ")}`,
    });
  return filters;
}

/** @throws BoxError invalid-filter */
export function parseNetworkPruneFilters(texts: readonly string[]): Filters {
  return parseFilters(texts, ["label", "label!", "until"]);
}

/** Selects the networks that match all filters; one of several values of a filter is enough. */
export async function selectNetworks(
  networks: readonly InspectedNetwork[],
  filters: Filters,
): Promise<InspectedNetwork[]> {
  const [idMatches, nameMatches] = [await patternsOf(filters, "id"), await patternsOf(filters, "name")];
  const dangling = booleanFilter(filters, "dangling");
  const any = (name: string, value: string) => filters.get(name)?.includes(value) ?? true;
  return networks.filter(
    ({ id, name, kind, driver, labels, boxes }) =>
      (dangling === undefined || dangling === (kind !== "predefined" && boxes.length === 0)) &&
      any("driver", driver) &&
      idMatches(id) &&
      labelsMatch(labels, filters) &&
      nameMatches(name) &&
      any("scope", "local") &&
      any("type", kind === "predefined" ? "builtin" : "custom"),
  );
}
