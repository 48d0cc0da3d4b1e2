import { Command } from "commander";
import { printLine } from "./output/print.js";

export function command(): Command {
  const config = new Command("config").addHelpText(
    "after",
    "\nExamples:\n  box config schema > box.schema.json",
  );
  config
    .command("schema")
    .description("Print the JSON Schema of what --config reads")
    .action(async () => {
      const { configSchema } = await import("../config/schema.js");
      printLine(JSON.stringify(configSchema(), undefined, 2));
    });
  return config;
}
