import { Command } from "commander";
import { BoxError } from "../errors.js";
import { loadArchive } from "../oci/archive/load.js";
import { familiarName, type Reference } from "../oci/reference.js";
import { printLine } from "./output/print.js";
import { addPlatformFlag, type PlatformFlag } from "./flags/platform.js";
import { createProgress } from "./output/progress.js";
import { openStdin } from "./stdin.js";
import { currentStore, openStore } from "./store.js";

const EXAMPLES = `
Reads what \`box save\`, \`docker save\`, podman, skopeo and buildx write: docker-archives, OCI layouts in a tar or a
folder, compressed with gzip or zstd or not at all.

Examples:
  box load -i nginx.tar
  box load < images.tar.zst
  docker save nginx:alpine | box load`;

interface LoadFlags extends PlatformFlag {
  input?: string;
  quiet?: boolean;
}

function show(name: Reference): string {
  return `${familiarName(name)}${name.digest === undefined ? `:${name.tag ?? "latest"}` : `@${name.digest}`}`;
}

export function command(): Command {
  const load = new Command("load")
    .option("-i, --input <file>", "read from a file or a folder, not from standard input")
    .option("-q, --quiet", "do not show the progress");
  return addPlatformFlag(load, "all that the archive has")
    .addHelpText("after", EXAMPLES)
    .action(async ({ input, quiet = false, platform }: LoadFlags) => {
      if (input === undefined && openStdin().isTTY) {
        throw new BoxError("usage", "no archive is named, and standard input is a terminal", {
          hint: "write -i FILE, or send an archive to standard input",
          exitCode: 1,
        });
      }
      const cache = await openStore();
      const progress = createProgress(quiet);
      try {
        for await (const { id, names } of loadArchive(currentStore(), input ?? openStdin(), {
          onProgress: progress.report,
          platform,
        })) {
          if (names.length === 0) printLine(`Loaded image ID: ${id}`);
          for (const name of names) printLine(`Loaded image: ${show(name)}`);
        }
        // What came is held by this process: it stays even above the limits.
        const { afterPull } = await import("../engine/images/after-pull.js");
        await afterPull(currentStore(), cache, false);
      } finally {
        progress.end();
      }
    });
}
