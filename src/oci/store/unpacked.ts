import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { hex } from "./paths.js";
import { exists, namesIn } from "../../host/read.js";
import type { Store } from "./store.js";

/** `unpacked/DIFFID.BLOB`, an empty file: this blob was verified to unpack to that layer. This never becomes false. */
const folder = (store: Store) => join(store.root, "unpacked");
const fileOf = (store: Store, digest: string, diffId: string) =>
  join(folder(store), `${hex(diffId)}.${hex(digest)}`);

/** Returns whether a blob was verified to unpack to a layer. No configuration is trusted: it may name any diffID. */
export async function unpacksTo(store: Store, digest: string, diffId: string): Promise<boolean> {
  return exists(fileOf(store, digest, diffId));
}

/** Records that a blob, which has been read and verified, unpacks to a layer. */
export async function recordUnpacked(store: Store, digest: string, diffId: string): Promise<void> {
  await mkdir(folder(store), { recursive: true, mode: 0o700 });
  await writeFile(fileOf(store, digest, diffId), "", { mode: 0o600 });
}

/** Removes the records for layers that have been removed. @param layers hexadecimal digits of their diffIDs */
export async function forgetUnpacked(store: Store, layers: ReadonlySet<string>): Promise<void> {
  if (layers.size === 0) return;
  const names = await namesIn(folder(store));
  const gone = names.filter((name) => layers.has(name.split(".", 1)[0] ?? ""));
  await Promise.all(gone.map((name) => rm(join(folder(store), name), { force: true })));
}
