import { Command } from "commander";
import { CAPABILITIES } from "../config/syntax/capability.js";
import { formatWhole } from "../docker/format.js";
import { describeInfo, infoLines } from "../docker/system/info.js";
import { formatTotal } from "../docker/units.js";
import type { Info, ProcessJail } from "../engine/system/info.js";
import { engine } from "./engine.js";
import { explain } from "./help/notes.js";
import { printLine } from "./output/print.js";
import { tableWidth } from "./output/width.js";
import { wrapLine } from "./output/wrap.js";
import { VERSION } from "./version.js";

function describe(jail: ProcessJail): string {
  const names = jail.capabilities.map((name) => name.replace("CAP_", ""));
  const capabilities = names.length > 20 ? `${names.length} of ${CAPABILITIES.length}` : names.join(",");
  const limits = Object.entries(jail.limits).filter(([, limit]) => limit !== "unlimited");
  return [
    `${jail.process}: uid ${jail.uid}`,
    `namespaces ${jail.namespaces.join(",") || "none"}`,
    `capabilities ${capabilities || "none"}`,
    `seccomp ${jail.seccomp}`,
    `landlock ${jail.landlock ? "yes" : "no"}`,
    `limits ${limits.map(([name, limit]) => `${name} ${limit}`).join(", ") || "none"}`,
  ].join("; ");
}

function describeTemplates({ off, count, bytes, lastStart }: Info["templates"]): string {
  const kept = `${count} (${formatTotal(bytes)})`;
  const how = lastStart?.booted === undefined ? "continued a template" : `booted: ${lastStart.booted}`;
  return [kept, ...(off === undefined ? [] : [off]), ...(lastStart ? [`the last start ${how}`] : [])].join(
    "; ",
  );
}

/** Lines about box itself, which follow those that Docker prints. */
function* ownLines(info: Info): Generator<string> {
  yield ` Driver: ${info.driver ?? "no usable driver"}`;
  for (const { name, usable, reason, hint } of info.drivers)
    yield `  ${name}: ${usable ? "works" : `${reason ?? ""}; ${hint ?? ""}`}`;
  yield " Jail of the virtual machine:";
  for (const { name, holds, reason } of info.jail)
    yield `  ${name}: ${holds ? "yes" : "no"}${reason === undefined ? "" : ` (${reason})`}`;
  yield " Processes:";
  for (const jail of info.processes) yield `  ${describe(jail)}`;
  yield ` Engine: ${info.engine.libkrun}, ${info.engine.kernel}`;
  yield ` Templates: ${describeTemplates(info.templates)}`;
  const { boxes, errors } = info;
  if (!boxes) yield ` Boxes: ${errors.boxes ?? ""}`;
  else if (boxes.unreadable > 0) yield ` Boxes: ${boxes.unreadable} unreadable`;
  if (errors.images !== undefined) yield ` Images of box: ${errors.images}`;
  if (info.homeWarning !== undefined) yield ` Warning: ${info.homeWarning}`;
  yield ` Runtime: ${info.runtime}`;
}

export function command(): Command {
  return explain(new Command("info"), { examples: [["box info"], ["box info --format json"]] })
    .option(
      "-f, --format <format>",
      "format output as json or by a Go template, such as '{{.ServerVersion}}'",
    )
    .action(async ({ format }: { format?: string }) => {
      const info = await engine().system.info();
      if (format !== undefined && format !== "") {
        const { text, error } = await formatWhole(format, describeInfo(info, VERSION));
        printLine(text);
        if (error !== undefined) throw error;
        return;
      }
      const width = tableWidth();
      const print = (line: string) => wrapLine(line, width).forEach(printLine);
      for (const line of infoLines(info, VERSION)) print(line);
      for (const line of ["", "Box:", ...ownLines(info)]) print(line);
    });
}
