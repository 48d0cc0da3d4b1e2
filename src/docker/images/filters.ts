import type { FoundImage } from "../../oci/find.js";
import { madeAt, type ListedImage } from "../../oci/list.js";
import {
  booleanFilter,
  labelsMatch,
  parseFilters,
  referenceMatches,
  untilFilter,
  type Filters,
} from "../filters.js";

const FILTERS = ["dangling", "reference", "before", "since", "label", "label!", "until"];

/** @throws BoxError invalid-filter */
export function parseImageFilters(texts: readonly string[]): Filters {
  return parseFilters(texts, FILTERS);
}

/**
 * Selects the images that match filters.
 * @param find resolves the values of `before` and `since`
 * @throws BoxError invalid-filter, and errors of `find`
 */
export async function selectImages(
  images: ListedImage[],
  filters: Filters,
  find: (word: string) => Promise<FoundImage>,
): Promise<ListedImage[]> {
  const timesOf = (name: string) =>
    Promise.all((filters.get(name) ?? []).map(async (word) => madeAt((await find(word)).record.created)));
  const dangling = booleanFilter(filters, "dangling");
  const [before, since, until] = await Promise.all([
    timesOf("before"),
    timesOf("since"),
    untilFilter(filters),
  ]);
  return images.filter(({ repository, tag, target, created, labels }) => {
    const made = madeAt(created);
    return (
      (dangling === undefined || dangling === (target === undefined)) &&
      before.every((time) => made < time) &&
      since.every((time) => made > time) &&
      (until === undefined || made < until) &&
      labelsMatch(labels, filters) &&
      (target !== undefined || !filters.has("reference")) &&
      referenceMatches(repository, tag, filters)
    );
  });
}
