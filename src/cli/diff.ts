import { dirname, resolve } from "node:path";
import { Command } from "commander";
import { readImageTree } from "../oci/image-tree.js";
import { createTarIndexer } from "../oci/index/tar-indexer.js";
import type { Inode } from "../oci/index/tree.js";
import { archiveBox } from "../vm/box/archive.js";
import { findBox } from "../vm/box/find.js";
import { withFiles } from "../vm/box/with-files.js";
import { visible } from "../config/syntax/visible.js";
import { printLine } from "./output/print.js";
import { currentHome, currentStore, useStore } from "./store.js";

const WHITEOUT = ".wh.";
const OPAQUE = ".wh..wh..opq";

function isIn(root: Inode, parts: string[]): boolean {
  let inode: Inode | undefined = root;
  for (const part of parts) inode = inode?.children?.get(part)?.inode;
  return inode !== undefined;
}

/** One line of `docker diff`: A added, C changed, D deleted; undefined for what says nothing of its own. */
function describe(path: string, image: Inode): string | undefined {
  const parts = path.split("/").filter((part) => part !== "" && part !== ".");
  const name = parts.pop();
  if (name === undefined || name === OPAQUE) return undefined;
  const deleted = name.startsWith(WHITEOUT);
  const own = [...parts, deleted ? name.slice(WHITEOUT.length) : name];
  const kind = deleted ? "D" : isIn(image, own) ? "C" : "A";
  // Names in a tar's entries are bytes (oci/index/entry.ts).
  const shown = `/${visible(Buffer.from(own.join("/"), "latin1").toString())}`;
  return `${kind} ${shown}`;
}

export function command(): Command {
  return new Command("diff")
    .argument("<box>", "name or id")
    .addHelpText("after", "\nA: added, C: changed, D: deleted.\n\nExamples:\n  box diff web")
    .action(async (name: string) => {
      const box = await findBox(currentHome(), name);
      // The store that the box's image is in: STORE/images/DIGEST/disk.vmdk.
      useStore(resolve(dirname(box.record.image.disk), "..", ".."));
      const indexer = createTarIndexer();
      const [image] = await Promise.all([
        readImageTree(currentStore(), box.record.image.digest),
        withFiles(currentHome(), box, "read", async (connect) => {
          for await (const piece of archiveBox(connect, "changes")) indexer.push(piece);
        }),
      ]);
      const lines = indexer.end().flatMap(({ path }) => describe(path, image) ?? []);
      for (const line of lines) printLine(line);
    });
}
