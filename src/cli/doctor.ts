import { Command } from "commander";
import { formatObject } from "../docker/format.js";
import type { Diagnosis } from "../engine/system.js";
import { agreed, type AgreeFlags } from "./agree.js";
import { engine } from "./engine.js";
import { withFlags } from "./flags/option-names.js";
import { explain } from "./help/notes.js";
import { counted } from "../config/syntax/counted.js";
import { printLine, reportError } from "./output/print.js";
import { widthOf } from "./output/width.js";
import { wrapLine } from "./output/wrap.js";

interface DoctorFlags extends AgreeFlags {
  fix?: boolean;
  format?: string;
}

const STATUS_COLUMN = 9;

function print({ findings }: Diagnosis) {
  const width = widthOf(process.stdout);
  const column = Math.max(...findings.map(({ name }) => name.length)) + 2;
  for (const { name, status, found, cure } of findings) {
    const head = status.padEnd(STATUS_COLUMN) + name.padEnd(column);
    wrapLine(`${head}${withFlags(found)}`, width).forEach(printLine);
    if (cure === undefined) continue;
    const label = cure.isCommand ? "cure" : "hint";
    wrapLine(`${" ".repeat(STATUS_COLUMN)}${label}: ${withFlags(cure.text)}`, width).forEach(printLine);
  }
}

function conclusion({ usable, findings, fixable }: Diagnosis, fix: boolean): string {
  const count = (wanted: string) => findings.filter(({ status }) => status === wanted).length;
  const verdict = usable ? "Boxes can run here" : "Boxes cannot run here";
  const numbers = [counted(count("problem"), "problem"), counted(count("warning"), "warning")].join(", ");
  return `${verdict}: ${numbers}.${fixable && !fix ? " Run `box doctor --fix` to fix what box can fix." : ""}`;
}

async function diagnose({ fix = false, format, yes = false }: DoctorFlags): Promise<number> {
  const diagnosis = await engine().system.diagnose(fix ? { fix: agreed({ yes }) } : {});
  for (const failure of diagnosis.failures) reportError(failure, false);
  if (format === undefined) {
    print(diagnosis);
    printLine(conclusion(diagnosis, fix));
  } else {
    const checks = diagnosis.findings.map(({ name, status, found, cure }) => {
      return {
        name,
        status,
        found: withFlags(found),
        cure: cure === undefined ? null : withFlags(cure.text),
      };
    });
    printLine(await formatObject(format, { usable: diagnosis.usable, checks }));
  }
  return diagnosis.usable ? 0 : 1;
}

export function command(exit: (code: number) => void): Command {
  return explain(new Command("doctor"), {
    text: ["The exit status is 0 if boxes can run here, otherwise 1."],
    examples: [["box doctor"], ["box doctor --fix"], ["box doctor --format json"]],
  })
    .option("--fix", "run the commands that fix what was found, after asking")
    .option("-y, --yes", "do not prompt for confirmation")
    .option("-f, --format <format>", "format output as json or by a Go template, such as '{{.Usable}}'")
    .action(async (flags: DoctorFlags) => exit(await diagnose(flags)));
}
