import { Command } from "commander";
import { describeDeletion } from "../docker/images/deletions.js";
import { forEachName } from "./each.js";
import { untilEnded } from "./ending.js";
import { engine } from "./engine.js";
import { hostReference } from "./host-path.js";
import { addPlatformsFlag, type PlatformsFlag } from "./flags/platform.js";
import { printLine } from "./output/print.js";

interface RemoveFlags extends PlatformsFlag {
  force?: boolean;
}

function remove(words: string[], { force, platform: platforms }: RemoveFlags): Promise<number> {
  return forEachName(words, async (word) => {
    const deletions = await engine().images.remove(hostReference(word), {
      force,
      platforms,
      signal: untilEnded(),
    });
    for (const deletion of deletions) printLine(describeDeletion(deletion));
  });
}

/** `box rmi`, and `box image rm`. */
export function addRemove(command: Command, exit: (code: number) => void): Command {
  command
    .argument("<image...>", "references, ids, or beginnings of ids")
    .option("-f, --force", "remove it although ended boxes were made of it, or several names stand for it");
  return addPlatformsFlag(command, "all that are here")
    .addHelpText(
      "after",
      "\nExamples:\n  box rmi nginx:alpine\n  box rmi --platform linux/arm64 nginx\n  box rmi 71065223cf30\n  box rmi $(box images -q -f dangling=true)",
    )
    .action(async (words: string[], flags: RemoveFlags) => exit(await remove(words, flags)));
}

export function command(exit: (code: number) => void): Command {
  return addRemove(new Command("rmi"), exit);
}
