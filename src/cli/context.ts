import { Command } from "commander";
import { checkContext, DEFAULT_CONTEXT, describeContext } from "../docker/context.js";
import { checkListFormat } from "../docker/format.js";
import { inspectAll } from "./output/inspected.js";
import { printLine, printNotice } from "./output/print.js";
import { printRows, type Column } from "./output/rows.js";

const COLUMNS: Column[] = [
  ["NAME", "Name"],
  ["DESCRIPTION", "Description"],
  ["DOCKER ENDPOINT", "DockerEndpoint"],
  ["ERROR", "Error"],
];

async function list({ format, quiet = false }: { format?: string; quiet?: boolean }): Promise<void> {
  if (quiet) {
    printLine(DEFAULT_CONTEXT.Name);
    return;
  }
  await checkListFormat(format);
  const shown = format === undefined ? `${DEFAULT_CONTEXT.Name} *` : DEFAULT_CONTEXT.Name;
  await printRows(COLUMNS, [{ ...DEFAULT_CONTEXT, Name: shown }], {
    format,
    trunc: false,
    type: "formatter.clientContextContext",
  });
}

/** Scripts name the default context, which is the only one: box has no daemon to connect to. */
export function command(exit: (code: number) => void): Command {
  const context = new Command("context");
  context
    .command("ls")
    .alias("list")
    .summary("List contexts")
    .option("-q, --quiet", "only show context names")
    .option("--format <format>", "format output as json or by a Go template, such as '{{.Name}}'")
    .action(list);
  context
    .command("show")
    .summary("Print the name of the current context")
    .action(() => {
      printLine(DEFAULT_CONTEXT.Name);
    });
  context
    .command("use")
    .summary("Set the current context")
    .argument("<context>", "name of the context: default")
    .action((name: string) => {
      checkContext(name);
      printLine(name);
      printNotice(`Current context is now "${name}"`);
    });
  context
    .command("inspect")
    .summary("Display detailed information on one or more contexts")
    .argument("[context...]", "names of contexts (default: the current one)")
    .option("-f, --format <format>", "format output as json or by a Go template, such as '{{.Name}}'")
    .action(async (names: string[], { format }: { format?: string }) => {
      const shown = names.length > 0 ? names : [DEFAULT_CONTEXT.Name];
      const describe = (name: string) => {
        checkContext(name);
        return Promise.resolve(describeContext(name));
      };
      exit(await inspectAll(shown, format, describe));
    });
  return context;
}
