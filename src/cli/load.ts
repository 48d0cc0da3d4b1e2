import { Command } from "commander";
import { BoxError } from "../errors.js";
import { untilEnded } from "./ending.js";
import { engine } from "./engine.js";
import { explain, type Notes } from "./help/notes.js";
import { hostPath } from "./host-path.js";
import { printLine } from "./output/print.js";
import { addPlatformFlag, type PlatformFlag } from "./flags/platform.js";
import { createProgress } from "./output/progress.js";
import { openStdin } from "./stdin.js";

const NOTES: Notes = {
  text: [
    "Reads the archives of `box save`, `docker save`, podman, skopeo and buildx: docker-archives and OCI layouts, in a tar archive or a directory, uncompressed or compressed with gzip, bzip2, xz or zstd.",
  ],
  examples: [
    ["box load -i nginx.tar"],
    ["box load < images.tar.zst"],
    ["docker save nginx:alpine | box load"],
  ],
};

interface LoadFlags extends PlatformFlag {
  input?: string;
  quiet?: boolean;
}

export function command(): Command {
  const load = explain(new Command("load"), NOTES)
    .option("-i, --input <file>", "read from an archive file or a directory, instead of stdin")
    .option("-q, --quiet", "suppress the load output");
  return addPlatformFlag(load, "all in the archive").action(
    async ({ input, quiet = false, platform }: LoadFlags) => {
      if (input === undefined && openStdin().isTTY) {
        throw new BoxError("usage", "requested load from stdin, but stdin is empty", {
          hint: "use -i FILE, or pipe an archive to standard input",
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
    },
  );
}
