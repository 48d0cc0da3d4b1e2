import { familiarReference } from "../../config/syntax/reference.js";
import type { Removed } from "../../oci/store/remove.js";

/** A name that stands for nothing any more, or the id of an image that has gone. */
export type Deletion = { untagged: string } | { deleted: string };

/** The names first, as Docker does. */
export function deletionsOf({ tags, images }: Removed): Deletion[] {
  return [
    ...tags.map(({ parsed }) => ({ untagged: familiarReference(parsed) })),
    ...images.map(({ digest, record }) => ({ deleted: record?.id ?? digest })),
  ];
}
