import { Command } from "commander";
import { withoutDefault } from "../config/field.js";
import { BoxError } from "../errors.js";
import { forEachBox } from "./each.js";
import { engine } from "./engine.js";
import { boxLines } from "./flags/box-lines.js";
import { addLines } from "./flags/options.js";
import { fieldsOf } from "./flags/read.js";
import { explain, type Notes } from "./help/notes.js";

const NOTES: Notes = {
  text: [
    "Other settings do not change. In a running box, --restart, --pids-limit, --cpus up to the number of its VM, and limits that its control group on this host already has take effect at once; everything else needs a stopped box. All of them apply to every later start.",
  ],
  examples: [["box update --restart unless-stopped web"], ["box update --cpus 1 --pids-limit 200 web db"]],
};

export function command(exit: (code: number) => void): Command {
  const lines = boxLines().filter(({ also }) => also.includes("update"));
  const limits = lines.filter(({ path = "" }) => path.startsWith("resource"));
  const update = explain(new Command("update"), NOTES)
    .argument("<box...>", "names or IDs of boxes")
    .action(async (names: string[], flags: Record<string, unknown>) => {
      if (Object.keys(flags).length === 0)
        throw new BoxError("usage", "you must provide one or more flags when using this command");
      const { resources, resourceLimits = {}, record } = await fieldsOf(lines, flags);
      const change = {
        restart: record?.restart,
        vcpus: resources?.vcpus,
        cpus: record?.cpus,
        memoryMb: resources?.memoryMb,
        limits: resourceLimits,
      };
      exit(await forEachBox(names, (box) => engine().boxes.update(box, change)));
    });
  addLines(update, [...limits, ...lines.filter((line) => !limits.includes(line))], false);
  // Flags that are not given change nothing, so they have no defaults here.
  for (const option of update.options) option.description = withoutDefault(option.description);
  return update;
}
