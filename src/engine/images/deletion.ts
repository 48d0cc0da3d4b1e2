import { familiarReference } from "../../config/syntax/reference.js";
import type { Removed } from "../../oci/store/remove.js";

/** A removed name, or the ID of a removed image. */
export type Deletion = { untagged: string } | { deleted: string };

/** Names come first, as with Docker. */
export function deletionsOf({ tags, images }: Removed): Deletion[] {
  return [
    ...tags.map(({ parsed }) => ({ untagged: familiarReference(parsed) })),
    ...images.map(({ digest, record }) => ({ deleted: record?.id ?? digest })),
  ];
}
