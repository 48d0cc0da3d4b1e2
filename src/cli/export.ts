import { Command } from "commander";
import { BoxError } from "../errors.js";
import { archiveBox } from "../vm/box/archive.js";
import { recordBoxEvent } from "../vm/box/event.js";
import { findBox } from "../vm/box/find.js";
import { withFiles } from "../vm/box/with-files.js";
import { writeOutput } from "./output/file.js";
import { currentHome } from "./store.js";

export function command(): Command {
  return new Command("export")
    .argument("<box>", "name or id")
    .option("-o, --output <file>", "write to a file instead of stdout")
    .addHelpText("after", "\nExamples:\n  box export web > web.tar\n  box export -o web.tar web")
    .action(async (name: string, { output }: { output?: string }) => {
      if (output === undefined && process.stdout.isTTY) {
        throw new BoxError("usage", "a tar is not for a terminal", {
          hint: "write it to a file with -o FILE, or redirect it",
          exitCode: 1,
        });
      }
      const box = await findBox(currentHome(), name);
      await withFiles(currentHome(), box, "read", (connect) =>
        writeOutput(output, archiveBox(connect, "root")),
      );
      recordBoxEvent(currentHome(), box.record, "export");
    });
}
