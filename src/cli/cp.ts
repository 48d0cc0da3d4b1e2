import { isAbsolute } from "node:path";
import { Command } from "commander";
import { BoxError } from "../errors.js";
import { findBox } from "../vm/box/find.js";
import { copyFromBox, copyToBox, packFromBox, unpackInBox } from "../vm/copy/copy.js";
import { withFiles } from "../vm/box/with-files.js";
import { writeOutput } from "./output/file.js";
import { printNotice, printWarning } from "./output/print.js";
import { formatSize } from "../docker/units.js";
import { openStdin } from "./stdin.js";
import { currentHome } from "./store.js";

interface CpFlags {
  archive?: boolean;
  followLink?: boolean;
  quiet?: boolean;
}

const EXAMPLES = `
One of the two is a path in a box, relative to its root. What is copied becomes the destination, or goes into it
where it is a folder; DIR/. copies what is in a folder. - is a tar on stdin or stdout.

Examples:
  box cp web:/etc/nginx/nginx.conf .
  box cp ./site/. web:/usr/share/nginx/html
  box cp web:/var/log - | tar t`;

export function command(): Command {
  return new Command("cp")
    .usage("[FLAGS] BOX:PATH DEST|-\n       box cp [FLAGS] SRC|- BOX:PATH")
    .argument("<src>", "what to copy")
    .argument("<dest>", "where to")
    .option("-a, --archive", "keep uids and gids; else what is copied is root's in the box, yours here")
    .option("-L, --follow-link", "copy what a link named as SRC leads to")
    .option("-q, --quiet", "say nothing when it is done")
    .addHelpText("after", EXAMPLES)
    .action(cp);
}

/** `BOX:PATH`; undefined for a path of this host, which with a colon in it begins with / or a dot, as with Docker. */
export function splitBoxPath(word: string): { name: string; path: string } | undefined {
  const colon = word.indexOf(":");
  if (colon <= 0 || isAbsolute(word) || word.startsWith(".")) return undefined;
  return { name: word.slice(0, colon), path: word.slice(colon + 1) };
}

function usage(message: string, hint: string): BoxError {
  return new BoxError("usage", message, { hint, exitCode: 1 });
}

async function cp(source: string, destination: string, flags: CpFlags): Promise<void> {
  const { archive = false, followLink = false, quiet = false } = flags;
  const from = splitBoxPath(source);
  const to = splitBoxPath(destination);
  const how = { follow: followLink, keepOwners: archive, warn: printWarning };
  if (from && to)
    throw usage(
      "box cp copies between a box and this host",
      "between boxes: box cp A:PATH - | box cp - B:PATH",
    );
  if (from?.path === "" || to?.path === "") throw usage("the path in the box is empty", "write BOX:/PATH");
  if (from) {
    const box = await findBox(currentHome(), from.name);
    if (destination === "-") {
      if (process.stdout.isTTY)
        throw usage("a tar is not for a terminal", "redirect it to a file or a program");
      return withFiles(currentHome(), box, "read", (connect) =>
        writeOutput(undefined, packFromBox(connect, from.path, followLink)),
      );
    }
    const bytes = await withFiles(currentHome(), box, "read", (connect) =>
      copyFromBox(connect, from.path, destination, how),
    );
    if (!quiet) printNotice(`Copied ${formatSize(bytes)} to ${destination}`);
    return;
  }
  if (!to) throw usage("neither of the two is a path in a box", "write one of them as BOX:PATH");
  const box = await findBox(currentHome(), to.name);
  if (source === "-")
    return withFiles(currentHome(), box, "write", (connect) => unpackInBox(openStdin(), connect, to.path));
  const bytes = await withFiles(currentHome(), box, "write", (connect) =>
    copyToBox(source, connect, to.path, how),
  );
  if (!quiet) printNotice(`Copied ${formatSize(bytes)} to ${destination}`);
}
