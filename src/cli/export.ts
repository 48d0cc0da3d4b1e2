import { Command } from "commander";
import { BoxError } from "../errors.js";
import { untilEnded } from "./ending.js";
import { engine } from "./engine.js";
import { writeOutput } from "./output/file.js";

export function command(): Command {
  return new Command("export")
    .argument("<box>", "name or id")
    .option("-o, --output <file>", "write to a file instead of stdout")
    .addHelpText("after", "\nExamples:\n  box export web > web.tar\n  box export -o web.tar web")
    .action(async (name: string, { output }: { output?: string }) => {
      if (output === undefined && process.stdout.isTTY) {
        throw new BoxError("usage", "a tar is not for a terminal", {
          hint: "write it to a file with -o FILE, or redirect it",
        });
      }
      const signal = untilEnded();
      await writeOutput(output, engine().boxes.export(name, { signal }), signal);
    });
}
