import { Command } from "commander";
import { release } from "node:os";
import { formatWhole } from "../docker/format.js";
import { describeVersion, versionLines } from "../docker/system/version.js";
import { explain } from "./help/notes.js";
import { printLine } from "./output/print.js";
import { VERSION } from "./version.js";

const NOTES = { examples: [["box version"], ["box version --format '{{.Server.Version}}'"]] } as const;

export function command(): Command {
  return explain(new Command("version"), NOTES)
    .option(
      "-f, --format <format>",
      "format output as json or by a Go template, such as '{{.Client.Version}}'",
    )
    .action(async ({ format = "" }: { format?: string }) => {
      if (format === "") return versionLines(VERSION).forEach(printLine);
      const about = describeVersion(VERSION, release());
      const { text, error } = await formatWhole(format, about, "version");
      printLine(text);
      if (error !== undefined) throw error;
    });
}
