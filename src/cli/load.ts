import { Command } from "commander";
import { BoxError } from "../errors.js";
import { untilEnded } from "./ending.js";
import { engine } from "./engine.js";
import { hostPath } from "./host-path.js";
import { printLine } from "./output/print.js";
import { addPlatformFlag, type PlatformFlag } from "./flags/platform.js";
import { createProgress } from "./output/progress.js";
import { openStdin } from "./stdin.js";

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
        });
      }
      const progress = createProgress(quiet);
      const { images } = engine();
      try {
        for await (const { id, names } of images.load(input === undefined ? openStdin() : hostPath(input), {
          platform,
          onProgress: progress.report,
          signal: untilEnded(),
        })) {
          if (names.length === 0) printLine(`Loaded image ID: ${id}`);
          for (const name of names) printLine(`Loaded image: ${name}`);
        }
      } finally {
        progress.end();
      }
    });
}
