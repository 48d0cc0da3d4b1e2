import { Command } from "commander";
import { explain } from "./help/notes.js";
import { printLine } from "./output/print.js";

export function command(): Command {
  const config = explain(new Command("config"), {
    examples: [["box config schema > box.schema.json"]],
  });
  config
    .command("schema")
    .summary("Print the configuration schema")
    .action(async () => {
      const { configSchema } = await import("../config/schema.js");
      printLine(JSON.stringify(configSchema(), undefined, 2));
    });
  return config;
}
