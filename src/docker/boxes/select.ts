import type { Box, Survey } from "../../engine/boxes.js";
import type { Filters } from "../filters.js";
import { selectBoxes } from "./filters.js";
import { isRunning } from "./rows.js";

/**
 * The boxes that `docker ps` lists.
 * @param all those that do not run as well
 * @param last the newest ones, whether they run or not
 * @throws BoxError no-such-box
 */
export function selectListed(
  { boxes, unreadable }: Survey,
  filters: Filters,
  { all, last }: { all: boolean; last: number | undefined },
): Survey {
  // As with Docker, a filter by status asks for those that do not run by itself.
  const any = all || last !== undefined || filters.has("status") || filters.has("exited");
  const isListed = ({ state }: Box) => any || isRunning(state);
  return {
    boxes: selectBoxes(boxes, filters).filter(isListed).slice(0, last),
    // Nobody knows which filter they pass.
    unreadable: all && filters.size === 0 && last === undefined ? unreadable : [],
  };
}
