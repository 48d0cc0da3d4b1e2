import { Command, Option } from "commander";
import { describeDeletion } from "../docker/images/deletions.js";
import { forEachName } from "./each.js";
import { untilEnded } from "./ending.js";
import { engine } from "./engine.js";
import { hostReference } from "./host-path.js";
import { addPlatformsFlag, type PlatformsFlag } from "./flags/platform.js";
import { explain, type Notes } from "./help/notes.js";
import { printLine } from "./output/print.js";

interface RemoveFlags extends PlatformsFlag {
  force?: boolean;
}

function remove(words: string[], { force, platform: platforms }: RemoveFlags): Promise<number> {
  const act = async (word: string) => {
    const deletions = await engine().images.remove(hostReference(word), {
      force,
      platforms,
      signal: untilEnded(),
    });
    for (const deletion of deletions) printLine(describeDeletion(deletion));
  };
  return forEachName(words, act, { tolerated: force ? "no-such-image" : undefined });
}

const NOTES: Notes = {
  examples: [
    ["box rmi nginx:alpine"],
    ["box rmi 71065223cf30"],
    ["box rmi --platform linux/arm64 nginx"],
    ["box rmi $(box images -q -f dangling=true)", "remove untagged images"],
  ],
};

/** Defines `box rmi` and `box image rm`. */
export function addRemove(command: Command, exit: (code: number) => void): Command {
  explain(command, NOTES)
    .argument("<image...>", "references or IDs of images")
    .option("-f, --force", "force removal of an image that stopped boxes use or that has several tags")
    .addOption(new Option("--no-prune", "accepted, no effect").hideHelp());
  return addPlatformsFlag(command, "all in the store").action(async (words: string[], flags: RemoveFlags) =>
    exit(await remove(words, flags)),
  );
}

export function command(exit: (code: number) => void): Command {
  return addRemove(new Command("rmi"), exit);
}
