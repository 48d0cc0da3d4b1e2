import { dirname, join } from "node:path";
import { allEnded } from "../../host/abort.js";
import { readImageTree } from "../../oci/image-tree.js";
import { createTarIndexer } from "../../oci/index/tar-indexer.js";
import type { Entry } from "../../oci/index/entry.js";
import type { Inode } from "../../oci/index/tree.js";
import { storeOf } from "../../oci/store/store.js";
import { archiveBox } from "../../vm/box/archive.js";
import { withFiles } from "../../vm/box/with-files.js";
import type { BoxRef, Context } from "../context.js";
import { resolveBox } from "./resolve.js";

/** A path in a box that was added, changed or deleted relative to its image. */
export interface FileChange {
  kind: "added" | "changed" | "deleted";
  path: string;
}

export interface DiffOptions {
  signal?: AbortSignal | undefined;
}

const WHITEOUT = ".wh.";
const OPAQUE = ".wh..wh..opq";

const partsOf = (path: string) => path.split("/").filter((part) => part !== "" && part !== ".");

/** The directory of /etc/hosts and the like, which the agent creates in it if the image has none, and never sends. */
const OWN_FILES = "etc";

function find(root: Inode, parts: string[]): Inode | undefined {
  let inode: Inode | undefined = root;
  for (const part of parts) inode = inode?.children?.get(part)?.inode;
  return inode;
}

/** Leaves out the directory of box's own files if nothing else has changed in it. */
function withoutOwnFolder(entries: readonly Entry[], image: Inode): readonly Entry[] {
  const found = entries.find(({ path }) => partsOf(path).join("/") === OWN_FILES);
  if (found === undefined || found.type !== "directory") return entries;
  const isEmpty = !entries.some(
    (entry) => partsOf(entry.path).length > 1 && partsOf(entry.path)[0] === OWN_FILES,
  );
  const before = find(image, [OWN_FILES])?.entry;
  const isSame =
    before === undefined ||
    (["type", "mode", "uid", "gid"] as const).every((attribute) => before[attribute] === found[attribute]);
  return isEmpty && isSame ? entries.filter((entry) => entry !== found) : entries;
}

/** @returns undefined for an entry that is not a change by itself */
function toChange(path: string, image: Inode): FileChange | undefined {
  const parts = partsOf(path);
  const name = parts.pop();
  if (name === undefined || name === OPAQUE) return undefined;
  const deleted = name.startsWith(WHITEOUT);
  const target = [...parts, deleted ? name.slice(WHITEOUT.length) : name];
  // Names in a tar's entries are bytes (oci/index/entry.ts).
  const shown = `/${Buffer.from(target.join("/"), "latin1").toString()}`;
  return { kind: deleted ? "deleted" : find(image, target) ? "changed" : "added", path: shown };
}

/**
 * Lists the changes to a box's files relative to its image.
 * @throws BoxError no-such-box, ambiguous-id, archive-failed, and errors of offline sessions
 */
export async function diff(
  context: Context,
  ref: BoxRef,
  { signal }: DiffOptions = {},
): Promise<FileChange[]> {
  const { home } = context;
  const box = await resolveBox(context, ref);
  const { digest, disk } = box.record.image;
  // The disk's path is STORE/images/DIGEST/disk.vmdk; the box may use another store than the engine.
  const store = storeOf(home, join(dirname(disk), "..", ".."));
  const indexer = createTarIndexer();
  const [image] = await allEnded([
    readImageTree(store, digest),
    withFiles(
      home,
      box,
      "read",
      async (connect) => {
        for await (const piece of archiveBox(connect, "changes")) indexer.push(piece);
      },
      signal,
    ),
  ]);
  return withoutOwnFolder(indexer.end(), image).flatMap(({ path }) => toChange(path, image) ?? []);
}
