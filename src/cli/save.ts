import { Command } from "commander";
import { BoxError } from "../errors.js";
import { untilEnded } from "./ending.js";
import { engine } from "./engine.js";
import { addPlatformsFlag, type PlatformsFlag } from "./flags/platform.js";
import { hostReference } from "./host-path.js";
import { explain, type Notes } from "./help/notes.js";
import { writeOutput } from "./output/file.js";

const NOTES: Notes = {
  text: ["The archive is an OCI layout that `docker load` reads as well; its layers are not compressed."],
  examples: [
    ["box save -o nginx.tar nginx:alpine"],
    ["box save -o nginx.tar nginx", "all tags of the repository"],
    ["box save nginx:alpine postgres | zstd > images.tar.zst"],
    ["box save nginx:alpine | ssh host docker load"],
    ["box save --platform linux/arm64 -o arm.tar nginx"],
  ],
};

interface SaveFlags extends PlatformsFlag {
  output?: string;
}

export function command(): Command {
  const save = explain(new Command("save"), NOTES)
    .argument(
      "<image...>",
      "references or IDs of images; a repository without a tag stands for all of its tags",
    )
    .option("-o, --output <file>", "write to a file, instead of stdout");
  return addPlatformsFlag(save, "all in the store").action(
    async (words: string[], { output, platform }: SaveFlags) => {
      if (output === undefined && process.stdout.isTTY) {
        throw new BoxError("usage", "cannot write an archive to a terminal", {
          hint: "use -o FILE, or redirect standard output",
        });
      }
      const signal = untilEnded();
      const images = words.map(hostReference);
      await writeOutput(output, await engine().images.save(images, platform, { signal }), signal);
    },
  );
}
