import { Command } from "commander";
import { CAPABILITIES } from "../config/syntax/capability.js";
import { formatObject } from "../docker/format.js";
import type { Info, ProcessJail } from "../engine/system/info.js";
import { engine } from "./engine.js";
import { explain } from "./help/notes.js";
import { printLine } from "./output/print.js";
import { widthOf } from "./output/width.js";
import { wrapLine } from "./output/wrap.js";
import { VERSION } from "./version.js";

function describeBoxes({ boxes, errors }: Info): string {
  if (!boxes) return errors.boxes ?? "";
  const unreadable = boxes.unreadable > 0 ? `, ${boxes.unreadable} unreadable` : "";
  return `${boxes.running} running, ${boxes.exited} stopped${unreadable}`;
}

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

export function command(): Command {
  return explain(new Command("info"), { examples: [["box info"], ["box info --format json"]] })
    .option("-f, --format <format>", "format output as json or by a Go template, such as '{{.Driver}}'")
    .action(async ({ format }: { format?: string }) => {
      const info = { version: VERSION, ...(await engine().system.info()) };
      if (format !== undefined) {
        printLine(await formatObject(format, info, "system.dockerInfo"));
        return;
      }
      const width = widthOf(process.stdout);
      const print = (line: string) => wrapLine(line, width).forEach(printLine);
      print(`Version:   ${info.version}`);
      print(`Driver:    ${info.driver ?? "no usable driver"}`);
      for (const { name, usable, reason, hint } of info.drivers) {
        print(`  ${name}: ${usable ? "works" : `${reason ?? ""}; ${hint ?? ""}`}`);
      }
      print("Jail of the virtual machine:");
      for (const { name, holds, reason } of info.jail) {
        print(`  ${name}: ${holds ? "yes" : "no"}${reason === undefined ? "" : ` (${reason})`}`);
      }
      print("Processes:");
      for (const jail of info.processes) print(`  ${describe(jail)}`);
      print(`Engine:    ${info.engine.libkrun}`);
      print(`           ${info.engine.kernel}`);
      print(`Boxes:     ${describeBoxes(info)}`);
      print(`Images:    ${info.images ?? info.errors.images ?? ""}`);
      print(`Home:      ${info.home}`);
      if (info.homeWarning !== undefined) print(`           ${info.homeWarning}`);
      print(`Runtime:   ${info.runtime}`);
    });
}
