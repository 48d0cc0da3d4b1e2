import { basename } from "node:path";
import { sha256 } from "../digest.js";
import { parseManifest, type Index } from "../manifest.js";
import { indexesFolder, indexFile } from "./paths.js";
import { publishFile, type Workspace } from "./workspace.js";
import { namesIn, readIfExists } from "../../host/read.js";
import type { Store } from "./store.js";

/** An index as a registry gave it. */
export interface IndexDocument {
  digest: string;
  data: Buffer;
}

/** An index that is here, and what it says. */
export interface StoredIndex extends IndexDocument {
  index: Index;
}

/** An index that is here; undefined when it is not, or when it is not any more what its digest says. */
export async function readIndex(store: Store, digest: string): Promise<StoredIndex | undefined> {
  const data = await readIfExists(indexFile(store, digest));
  if (!data || sha256(data) !== digest) return undefined;
  const parsed = parseManifest(data, `index ${digest}`);
  return "index" in parsed ? { digest, data, index: parsed.index } : undefined;
}

/** Keeps the bytes of indexes. They have to be held, and go unless a reference comes to need them. */
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
  /** Digests of manifests, here or not, in the order of their indexes. */
  manifests: string[];
  /** Digests of the indexes that lead to them, as far as they are here. */
  indexes: string[];
}

/** All that a digest leads to: itself alone when it is no index that is here. */
export async function readMembers(store: Store, target: string): Promise<Members> {
  const kept = new Set(await namesIn(indexesFolder(store)));
  const members: Members = { manifests: [], indexes: [] };
  // Those that are added in the loop are visited by it.
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
