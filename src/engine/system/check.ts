import { checkStore, repairStore, type Findings } from "../../oci/check/check.js";
import type { PullEvent } from "../../oci/pull/event.js";
import { withLeases } from "../../oci/store/lease.js";
import { familiarReference } from "../../config/syntax/reference.js";
import type { Context } from "../context.js";

export interface CheckOptions {
  signal?: AbortSignal | undefined;
}

/** Reads the whole store of images, and compares everything in it with its digest or with what it was made of. */
export async function check(context: Context, { signal }: CheckOptions = {}): Promise<Findings> {
  const { store } = await context.images();
  return checkStore({ ...store, signal });
}

export interface RepairedImage {
  /** One of its names, or its id. */
  name: string;
  /** Why it could not be pulled again; undefined when it was. */
  error?: unknown;
}

/** Removes what a check has found damaged and pulls it again, exactly as it was. */
export async function repair(
  context: Context,
  findings: Findings,
  onProgress: (event: PullEvent) => void = () => undefined,
  { signal }: CheckOptions = {},
): Promise<RepairedImage[]> {
  const { store } = await context.images();
  const repaired = await withLeases(store, signal, (held) => repairStore(held, findings, onProgress));
  return repaired.map(({ image, ...rest }) => {
    const [tag] = image.tags;
    const name = tag ? familiarReference(tag.parsed) : (image.record?.id ?? image.digest);
    return { name, ...rest };
  });
}
