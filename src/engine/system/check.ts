import { checkStore, repairStore, type Findings } from "../../oci/check/check.js";
import type { PullEvent } from "../../oci/pull/event.js";
import { withLeases } from "../../oci/store/lease.js";
import { familiarReference } from "../../config/syntax/reference.js";
import type { Context } from "../context.js";

export interface CheckOptions {
  signal?: AbortSignal | undefined;
}

/** Reads the whole image store, and compares everything in it with its digest or with its source. */
export async function check(context: Context, { signal }: CheckOptions = {}): Promise<Findings> {
  const { store } = await context.images();
  return checkStore({ ...store, signal });
}

export interface RepairedImage {
  /** One of the image's names, or its ID. */
  name: string;
  /** Why it could not be pulled again; undefined if it was. */
  error?: unknown;
}

/** Removes images that a check found damaged, and pulls them again by digest. */
export async function repair(
  context: Context,
  findings: Findings,
  onProgress: (event: PullEvent) => void = () => undefined,
  { signal }: CheckOptions = {},
): Promise<RepairedImage[]> {
  const { store } = await context.images();
  const repaired = await withLeases(store, signal, (leased) => repairStore(leased, findings, onProgress));
  return repaired.map(({ image, ...rest }) => {
    const [tag] = image.tags;
    const name = tag ? familiarReference(tag.parsed) : (image.record?.id ?? image.digest);
    return { name, ...rest };
  });
}
