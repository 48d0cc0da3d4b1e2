import { parseReference } from "../../config/syntax/reference.js";
import { parseIfValid } from "../../oci/find.js";
import { readMembers } from "../../oci/store/indexes.js";
import { readTag } from "../../oci/store/tags.js";
import type { Store } from "../../oci/store/store.js";
import type { Box, Context } from "../context.js";
import { storeOfBox } from "../images/ensure.js";

async function refersTo(store: Store, text: string, digest: string): Promise<boolean> {
  const reference = parseReference(text);
  if (reference.digest !== undefined) return true;
  const tag = await readTag(store, reference);
  if (tag === undefined || tag.image === digest) return tag !== undefined;
  return (await readMembers(store, tag.target)).manifests.includes(digest);
}

/**
 * Returns the IDs of the boxes whose image has lost the name that they were created with, because the name was removed
 * or refers to another image by now.
 */
export async function withStaleNames(context: Context, boxes: readonly Box[]): Promise<ReadonlySet<string>> {
  const checks = new Map<string, Promise<boolean>>();
  const isStale = async ({ record }: Box): Promise<boolean> => {
    const { reference, digest } = record.image;
    if (!parseIfValid(reference)) return false;
    const store = storeOfBox(context.home, record.config.cache, record.id);
    const key = [store.root, reference, digest].join("\0");
    const check = checks.get(key) ?? refersTo(store, reference, digest).catch(() => true);
    checks.set(key, check);
    return !(await check);
  };
  const stale = await Promise.all(boxes.map(isStale));
  return new Set(boxes.filter((_, i) => stale[i]).map(({ record }) => record.id));
}
