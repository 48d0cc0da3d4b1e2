import { Command } from "commander";
import { formatList } from "../docker/template.js";
import type { Diagnosis } from "../engine/system.js";
import { withCapitals } from "./capitals.js";
import { cure, type CureFlags } from "./cure.js";
import { engine } from "./engine.js";
import { withFlags } from "./flags/option-names.js";
import { explain } from "./help/notes.js";
import { printLine, reportError } from "./output/print.js";
import { widthOf } from "./output/width.js";
import { wrapLine } from "./output/wrap.js";

interface DoctorFlags extends CureFlags {
  fix?: boolean;
  format?: string;
}

const STATUS_COLUMN = 9;

function print(diagnosis: Diagnosis, cureOf: (check: Diagnosis["checks"][number]) => string | undefined) {
  const width = widthOf(process.stdout);
  const column = Math.max(...diagnosis.checks.map(({ name }) => name.length)) + 2;
  for (const check of diagnosis.checks) {
    const head = check.status.padEnd(STATUS_COLUMN) + check.name.padEnd(column);
    wrapLine(`${head}${withFlags(check.found)}`, width).forEach(printLine);
    const text = cureOf(check);
    if (text === undefined) continue;
    const label = check.cure && "advice" in check.cure ? "hint" : "cure";
    wrapLine(`${" ".repeat(STATUS_COLUMN)}${label}: ${withFlags(text)}`, width).forEach(printLine);
  }
}

function conclusion({ usable, checks }: Diagnosis, fixable: boolean): string {
  const count = (wanted: string) => checks.filter(({ status }) => status === wanted).length;
  const verdict = usable ? "Boxes can run here" : "Boxes cannot run here";
  const numbers = [`${count("problem")} problems`, `${count("warning")} warnings`].join(", ");
  return `${verdict}: ${numbers}.${fixable ? " Run `box doctor --fix` to fix what box can fix." : ""}`;
}

async function diagnose({ fix, format, yes }: DoctorFlags): Promise<number> {
  const { system } = engine();
  let diagnosis = await system.diagnose();
  const { describeCure, stepsOf } = await system.cures();
  if (fix) {
    const failures = await cure(diagnosis, stepsOf(diagnosis), { ...(yes ? { yes } : {}) });
    if (failures !== undefined) diagnosis = await system.diagnose();
    for (const failure of failures ?? []) reportError(failure, false);
  }
  const cureOf = ({ status, cure: found }: Diagnosis["checks"][number]) =>
    status === "ok" || found === undefined ? undefined : describeCure(found, diagnosis);
  if (format === undefined) {
    print(diagnosis, cureOf);
    printLine(conclusion(diagnosis, !fix && stepsOf(diagnosis).length > 0));
  } else {
    const checks = diagnosis.checks.map((check) => {
      const { name, status, found } = check;
      return { name, status, found: withFlags(found), cure: withFlags(cureOf(check) ?? "") || null };
    });
    const shown = withCapitals({ usable: diagnosis.usable, checks });
    for (const line of await formatList(format, [shown])) printLine(line);
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
