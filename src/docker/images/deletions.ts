import type { Deletion } from "../../engine/images/deletion.js";

/** What `docker rmi` prints of a name or an image that has gone. */
export function describeDeletion(deletion: Deletion): string {
  return "untagged" in deletion ? `Untagged: ${deletion.untagged}` : `Deleted: ${deletion.deleted}`;
}

/** What `docker image prune` prints of what has gone. */
export function describePruned(deletions: readonly Deletion[]): string[] {
  if (deletions.length === 0) return [];
  const lines = deletions.map((deletion) =>
    "untagged" in deletion ? `untagged: ${deletion.untagged}` : `deleted: ${deletion.deleted}`,
  );
  return ["Deleted Images:", ...lines, ""];
}
