import type { Deletion } from "../../engine/images/deletion.js";

/** The line that `docker rmi` prints for a removed name or image. */
export function describeDeletion(deletion: Deletion): string {
  return "untagged" in deletion ? `Untagged: ${deletion.untagged}` : `Deleted: ${deletion.deleted}`;
}

/** The lines that `docker image prune` prints for removed images. */
export function describePruned(deletions: readonly Deletion[]): string[] {
  if (deletions.length === 0) return [];
  const lines = deletions.map((deletion) =>
    "untagged" in deletion ? `untagged: ${deletion.untagged}` : `deleted: ${deletion.deleted}`,
  );
  return ["Deleted Images:", ...lines, ""];
}
