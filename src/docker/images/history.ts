import type { ImageHistory } from "../../engine/images/history.js";
import { formatDuration, formatSize } from "../units.js";
import { shownId } from "./rows.js";

const BY_WIDTH = 45;

/** The fields that Docker's `history --format` has. */
export const HISTORY_FIELDS = ["ID", "CreatedAt", "CreatedSince", "CreatedBy", "Size", "Comment"];

/** The fields that Docker's `--format` has for each step that made an image. */
export function describeHistory(
  { id, steps }: ImageHistory,
  { human, trunc }: { human: boolean; trunc: boolean },
): Record<string, string>[] {
  return steps.map(({ created, createdBy, comment, size }, i) => {
    const by = createdBy.replace(/\s+/g, " ");
    return {
      // Only the last step is an image that has an id.
      ID: i === 0 ? shownId(id, trunc) : "<missing>",
      CreatedAt: created ?? "N/A",
      CreatedSince: created === undefined ? "N/A" : `${formatDuration(Date.now() - Date.parse(created))} ago`,
      CreatedBy: trunc && by.length > BY_WIDTH ? `${by.slice(0, BY_WIDTH - 1)}…` : by,
      Size: human ? formatSize(size) : `${size}`,
      Comment: comment,
    };
  });
}
