import { Command } from "commander";
import { BoxError } from "../errors.js";
import { deleteImage } from "../oci/delete.js";
import { forEachName } from "./each.js";
import { addPlatformsFlag, type PlatformsFlag } from "./flags/platform.js";
import { printLine } from "./output/print.js";
import { usersOfImages } from "../engine/images/users.js";
import { currentHome, currentStore } from "./store.js";

interface RemoveFlags extends PlatformsFlag {
  force?: boolean;
}

function remove(words: string[], { force = false, platform }: RemoveFlags): Promise<number> {
  return forEachName(words, async (word) => {
    try {
      for (const deletion of await deleteImage(currentStore(), word, {
        force,
        platforms: platform,
        usersOf: () => usersOfImages(currentHome()),
      })) {
        printLine("untagged" in deletion ? `Untagged: ${deletion.untagged}` : `Deleted: ${deletion.deleted}`);
      }
    } catch (error) {
      // Docker's -f is content when there is nothing to remove.
      if (!(force && error instanceof BoxError && error.code === "no-such-image")) throw error;
    }
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
