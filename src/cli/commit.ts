import { Command } from "commander";
import type { Change } from "../config/syntax/change.js";
import { untilEnded } from "./ending.js";
import { engine } from "./engine.js";
import { addChangeFlag } from "./flags/change.js";
import { explain, type Notes } from "./help/notes.js";
import { printLine } from "./output/print.js";

interface CommitFlags {
  author?: string;
  message?: string;
  change?: Change[];
  pause: boolean;
}

const NOTES: Notes = {
  text: [
    "The new image is the image of the box plus a layer with the changes to the box's filesystem, without volumes and other mounts. Its configuration is that of the box, modified by each -c.",
  ],
  examples: [
    ["box commit web team/web:2"],
    ["box commit -m 'with curl' -c 'CMD [\"nginx\", \"-g\", \"daemon off;\"]' -c 'EXPOSE 80' web team/web:2"],
  ],
};

export function command(): Command {
  return addChangeFlag(
    explain(new Command("commit"), NOTES)
      .argument("<box>", "name or ID of a box")
      .argument("[name]", "name of the new image: REPOSITORY[:TAG]"),
  )
    .option("-a, --author <text>", "author, such as 'Anna <anna@example.com>'")
    .option("-m, --message <text>", "commit message")
    .option("-p, --pause", "pause the box during commit (default: true)", true)
    .option("--no-pause", "do not pause the box; its files may be from different moments")
    .action(async (box: string, name: string | undefined, { change, ...flags }: CommitFlags) => {
      printLine(await engine().boxes.commit(box, { name, changes: change, ...flags, signal: untilEnded() }));
    });
}
