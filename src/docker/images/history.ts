import type { ImageHistory } from "../../engine/images/history.js";
import { formatRfc3339 } from "../times.js";
import { formatDuration, formatSize } from "../units.js";
import { shownId } from "./rows.js";

const CREATED_BY_WIDTH = 45;

/** Fields of Docker's `history --format`. */
export const HISTORY_FIELDS = ["ID", "CreatedAt", "CreatedSince", "CreatedBy", "Size", "Comment"];

const since = (created: string) => `${formatDuration(Date.now() - Date.parse(created))} ago`;

/** The steps that an image was built in, with the fields of Docker's `--format`. */
export function describeHistory(
  { id, steps }: ImageHistory,
  { human, trunc }: { human: boolean; trunc: boolean },
): Record<string, string>[] {
  return steps.map(({ created, createdBy, comment, size }, i) => {
    const time = created === undefined ? undefined : formatRfc3339(new Date(created));
    const by = createdBy.replace(/\s+/g, " ");
    return {
      // Only the last step is an image with an ID.
      ID: i === 0 ? shownId(id, trunc) : "<missing>",
      CreatedAt: time ?? "N/A",
      CreatedSince: (human && created !== undefined ? since(created) : time) ?? "N/A",
      CreatedBy: trunc && by.length > CREATED_BY_WIDTH ? `${by.slice(0, CREATED_BY_WIDTH - 1)}…` : by,
      Size: human ? formatSize(size) : `${size}`,
      Comment: comment,
    };
  });
}
