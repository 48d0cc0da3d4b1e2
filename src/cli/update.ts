import { Command } from "commander";
import { BoxError } from "../errors.js";
import { forEachBox } from "./each.js";
import { engine } from "./engine.js";
import { boxLines } from "./flags/box-lines.js";
import { addLines } from "./flags/options.js";
import { fieldsOf } from "./flags/read.js";

const EXAMPLES = `
What is not named stays as it is. At once in a box that runs: --restart, --pids-limit, --cpus up to those of its VM, and
what its control group on this host already limits. Everything else waits for a box that is stopped. All of it holds for
every start to come.

Examples:
  box update --restart unless-stopped web
  box update --cpus 1 --pids-limit 200 web db`;

export function command(exit: (code: number) => void): Command {
  const lines = boxLines().filter(({ also }) => also.includes("update"));
  const limits = lines.filter(({ group }) => group === "Resources");
  const update = new Command("update")
    .argument("<box...>", "names or ids")
    .addHelpText("after", EXAMPLES)
    .action(async (names: string[], flags: Record<string, unknown>) => {
      if (Object.keys(flags).length === 0)
        throw new BoxError("usage", "box update needs a flag that says what to change");
      const { resources, resourceLimits = {}, record } = await fieldsOf(lines, flags);
      const change = {
        restart: record?.restart,
        vcpus: resources?.vcpus,
        memoryMb: resources?.memoryMb,
        limits: resourceLimits,
      };
      exit(await forEachBox(names, (box) => engine().boxes.update(box, change)));
    });
  addLines(update, [...limits, ...lines.filter((line) => !limits.includes(line))], false);
  // Without a flag the box keeps what it has, not the default.
  for (const option of update.options) option.description = option.description.replace(/ \(\w+\)$/, "");
  return update;
}
