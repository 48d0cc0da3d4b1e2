import { basename } from "node:path";
import { sha256 } from "../digest.js";
import { parseManifest, type Index } from "../manifest.js";
import { indexesFolder, indexFile } from "./paths.js";
import { publishFile, type Workspace } from "./workspace.js";
import { namesIn, readIfExists } from "../../host/read.js";
import type { Store } from "./store.js";

/** An index as received from a registry. */
export interface IndexDocument {
  digest: string;
  data: Buffer;
}

/** An index in the store, with its parsed content. */
export interface StoredIndex extends IndexDocument {
  index: Index;
}

/** Reads an index; undefined if it is not in the store, or no longer matches its digest. */
export async function readIndex(store: Store, digest: string): Promise<StoredIndex | undefined> {
  const data = await readIfExists(indexFile(store, digest));
  if (!data || sha256(data) !== digest) return undefined;
  const parsed = parseManifest(data, `index ${digest}`);
  return "index" in parsed ? { digest, data, index: parsed.index } : undefined;
}

/** Stores indexes. They must be leased, and are removed again unless a reference needs them by then. */
export async function keepIndexes(
  store: Store,
  documents: readonly IndexDocument[],
  workspace: Workspace,
): Promise<void> {
  for (const { digest, data } of documents) {
    if (!(await readIndex(store, digest))) await publishFile(workspace, indexFile(store, digest), data);
  }
}

export interface Members {
  /** Digests of manifests, in the store or not, in the order of their indexes. */
  manifests: string[];
  /** Digests of the indexes that lead to them, as far as they are in the store. */
  indexes: string[];
}

/** Returns everything that a digest leads to: only itself if it is not an index in the store. */
export async function readMembers(store: Store, target: string): Promise<Members> {
  const kept = new Set(await namesIn(indexesFolder(store)));
  const members: Members = { manifests: [], indexes: [] };
  // The loop also reaches the digests that it adds.
  const seen = new Set([target]);
  for (const digest of seen) {
    const found = kept.has(basename(indexFile(store, digest))) ? await readIndex(store, digest) : undefined;
    if (!found) {
      members.manifests.push(digest);
      continue;
    }
    members.indexes.push(digest);
    for (const entry of found.index.manifests) seen.add(entry.digest);
  }
  return members;
}
