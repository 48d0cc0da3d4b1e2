import { Command } from "commander";
import type { Change } from "../config/syntax/change.js";
import { settleFlags } from "./arguments.js";
import { untilEnded } from "./ending.js";
import { engine } from "./engine.js";
import { addChangeFlag } from "./flags/change.js";
import { printLine } from "./output/print.js";

interface CommitFlags {
  author?: string;
  message?: string;
  change?: Change[];
  pause: boolean;
}

const EXAMPLES = `
The image is the box's own with one layer more: what the box has changed, without volumes and other mounts. Its
configuration is what the box was run with, then changed by each -c.

Examples:
  box commit web team/web:2
  box commit -m 'with curl' -c 'CMD ["nginx", "-g", "daemon off;"]' -c 'EXPOSE 80' web team/web:2`;

export const prepare = settleFlags;

export function command(): Command {
  return addChangeFlag(
    new Command("commit").argument("<box>", "name or id").argument("[name]", "name of the image: NAME[:TAG]"),
  )
    .option("-a, --author <text>", "who made it, such as 'Anna <anna@example.com>'")
    .option("-m, --message <text>", "what the image's history says of it")
    .option("-p, --pause", "let the box's programs wait when they write to its root meanwhile", true)
    .option("--no-pause", "let them write; files may be of different moments then")
    .addHelpText("after", EXAMPLES)
    .action(async (box: string, name: string | undefined, { change, ...flags }: CommitFlags) => {
      printLine(await engine().boxes.commit(box, { name, changes: change, ...flags, signal: untilEnded() }));
    });
}
