import { Command } from "commander";
import { splitBoxPath } from "../config/syntax/copy-path.js";
import { formatSize } from "../docker/units.js";
import { BoxError } from "../errors.js";
import { untilEnded } from "./ending.js";
import { engine } from "./engine.js";
import { explain, type Notes } from "./help/notes.js";
import { writeOutput } from "./output/file.js";
import { hostPath } from "./host-path.js";
import { printNotice } from "./output/print.js";
import { openStdin } from "./stdin.js";

interface CpFlags {
  archive?: boolean;
  followLink?: boolean;
  quiet?: boolean;
}

const NOTES: Notes = {
  text: [
    "One of the two is a path in a box, relative to its root. If the destination is an existing directory, the source is copied into it; DIR/. copies the contents of a directory. Use - to write a tar archive to stdout, or to read one from stdin.",
  ],
  examples: [
    ["box cp web:/etc/nginx/nginx.conf ."],
    ["box cp ./site/. web:/usr/share/nginx/html"],
    ["box cp web:/var/log - | tar t"],
  ],
};

export function command(): Command {
  return explain(new Command("cp"), NOTES)
    .usage("[FLAGS] BOX:PATH DEST|-\n[FLAGS] SRC|- BOX:PATH")
    .argument("<src>", "path to copy")
    .argument("<dest>", "destination path")
    .option(
      "-a, --archive",
      "archive mode: copy all uid/gid information (default: owned by root in the box, by you on this host)",
    )
    .option("-L, --follow-link", "always follow symbolic links in SRC")
    .option("-q, --quiet", "suppress progress output during copy")
    .action(cp);
}

function usage(message: string, hint: string): BoxError {
  return new BoxError("usage", message, { hint });
}

async function cp(source: string, destination: string, flags: CpFlags): Promise<void> {
  const { boxes } = engine();
  const from = splitBoxPath(source);
  const to = splitBoxPath(destination);
  const signal = untilEnded();
  const how = { follow: flags.followLink, keepOwners: flags.archive, signal };
  if (from && to)
    throw usage("copying between containers is not supported", "use `box cp A:PATH - | box cp - B:PATH`");
  if (from?.path === "" || to?.path === "") throw usage("the path in the box is empty", "write BOX:/PATH");
  if (from && destination === "-") {
    if (process.stdout.isTTY)
      throw usage("cannot write an archive to a terminal", "redirect standard output");
    return writeOutput(undefined, boxes.pack(from.name, from.path, how), signal);
  }
  if (to && source === "-") return boxes.unpack(to.name, to.path, openStdin(), { signal });
  let bytes: number;
  if (from) bytes = await boxes.copyOut(from.name, from.path, hostPath(destination), how);
  else if (to) bytes = await boxes.copyIn(hostPath(source), to.name, to.path, how);
  else throw usage("must specify at least one container source", "write one of the paths as BOX:PATH");
  if (flags.quiet !== true && process.stdout.isTTY && process.stderr.isTTY)
    printNotice(`Successfully copied ${formatSize(bytes)} to ${destination}`);
}
