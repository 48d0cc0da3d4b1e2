import { Command } from "commander";
import type { Change } from "../config/syntax/change.js";
import { parseLinuxPlatform, type Platform } from "../config/syntax/platform.js";
import type { ImportSource } from "../engine/images/import.js";
import { BoxError } from "../errors.js";
import { untilEnded } from "./ending.js";
import { named } from "./flags/parse.js";
import { engine } from "./engine.js";
import { addChangeFlag } from "./flags/change.js";
import { explain, type Notes } from "./help/notes.js";
import { hostPath } from "./host-path.js";
import { printLine } from "./output/print.js";
import { openStdin } from "./stdin.js";

interface ImportFlags {
  change?: Change[];
  message?: string;
  platform?: Platform;
}

function sourceOf(word: string): ImportSource {
  if (/^https?:\/\//.test(word)) return { url: word };
  if (word !== "-") return { file: hostPath(word), shown: word };
  if (openStdin().isTTY) {
    throw new BoxError("usage", "cannot read an archive from a terminal", {
      hint: "pipe an archive to standard input, or specify a file or URL",
    });
  }
  return { stream: openStdin() as AsyncIterable<Buffer> };
}

const NOTES: Notes = {
  text: [
    "The archive, which may be compressed with gzip, bzip2, xz or zstd, becomes the only layer of the image.",
  ],
  examples: [
    ["box import rootfs.tar.gz team/base:1"],
    ["box import -c 'CMD [\"/bin/sh\"]' -c 'ENV LANG=C.UTF-8' rootfs.tar base"],
    ["box export web | box import - web:copy"],
    ["box import https://example.com/rootfs.tar.zst"],
  ],
};

export function command(): Command {
  return addChangeFlag(
    explain(new Command("import"), NOTES)
      .argument("<file|URL|->", "tar archive, its URL, or - for stdin")
      .argument("[name]", "name of the new image: REPOSITORY[:TAG]"),
  )
    .option("-m, --message <text>", "set the commit message (default: the source of the image)")
    .option(
      "--platform <platform>",
      "platform of the image: OS/ARCH[/VARIANT] (default: that of this host)",
      named("--platform", parseLinuxPlatform),
    )
    .action(async (word: string, name: string | undefined, { change, ...flags }: ImportFlags) => {
      const { id } = await engine().images.import(sourceOf(word), {
        ...flags,
        changes: change,
        name,
        signal: untilEnded(),
      });
      printLine(id);
    });
}
