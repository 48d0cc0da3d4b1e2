import type { Box, Survey } from "../../engine/boxes.js";
import type { Filters } from "../filters.js";
import type { Ancestors } from "./ancestors.js";
import { selectBoxes, type NetworksById } from "./filters.js";
import { isRunning } from "./rows.js";

/**
 * Selects the boxes for `docker ps`.
 * @param all include boxes that are not running
 * @param ancestors as in `selectBoxes`, like `networksById`
 * @param last only this many of the newest boxes, running or not
 * @throws BoxError no-such-box
 */
export async function selectListed(
  { boxes, unreadable }: Survey,
  filters: Filters,
  {
    all,
    last,
    ancestors,
    networksById,
  }: { all: boolean; last: number | undefined; ancestors: Ancestors; networksById: NetworksById },
): Promise<Survey> {
  // As in Docker, filters by status or exit code imply `all`.
  const any = all || last !== undefined || filters.has("status") || filters.has("exited");
  const isListed = ({ state }: Box) => any || isRunning(state);
  const selected = await selectBoxes(boxes, filters, ancestors, networksById);
  return {
    boxes: selected.filter(isListed).slice(0, last),
    // Whether they match a filter is unknown.
    unreadable: all && filters.size === 0 && last === undefined ? unreadable : [],
  };
}
