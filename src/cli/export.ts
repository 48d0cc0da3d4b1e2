import { Command } from "commander";
import { BoxError } from "../errors.js";
import { untilEnded } from "./ending.js";
import { engine } from "./engine.js";
import { explain } from "./help/notes.js";
import { writeOutput } from "./output/file.js";

export function command(): Command {
  return explain(new Command("export"), {
    examples: [["box export web > web.tar"], ["box export -o web.tar web"]],
  })
    .argument("<box>", "name or ID of a box")
    .option("-o, --output <file>", "write to a file, instead of stdout")
    .action(async (name: string, { output }: { output?: string }) => {
      if (output === undefined && process.stdout.isTTY) {
        throw new BoxError("usage", "cannot write an archive to a terminal", {
          hint: "use -o FILE, or redirect standard output",
        });
      }
      const signal = untilEnded();
      await writeOutput(output, engine().boxes.export(name, { signal }), signal);
    });
}
