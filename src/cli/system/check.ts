import type { Command } from "commander";
import { untilEnded } from "../ending.js";
import { engine } from "../engine.js";
import { createProgress, PULL_WORDS } from "../output/progress.js";
import { printLine, printNotice, reportError } from "../output/print.js";
import { counted } from "../../config/syntax/counted.js";

async function check(): Promise<number> {
  const { system } = engine();
  const signal = untilEnded();
  const findings = await system.check({ signal });
  const { layers, images, badLayers, badImages, badIndexes, damaged } = findings;
  for (const [digits, reason] of badLayers) printNotice(`layer sha256:${digits}: ${reason}`);
  for (const [digest, reason] of badImages) printNotice(`image ${digest}: ${reason}`);
  for (const digest of badIndexes) printNotice(`index ${digest}: content does not match its digest`);
  const bad = badLayers.size + badImages.size + badIndexes.size;
  printLine(
    `${counted(layers, "layer")} and ${counted(images, "image")} checked, ${bad === 0 ? "no errors found" : `${bad} damaged`}`,
  );
  if (bad === 0) return 0;
  const progress = createProgress(false, { words: PULL_WORDS });
  let code = 0;
  try {
    for (const { name, error } of await system.repair(findings, progress.report, { signal })) {
      if (error === undefined) printLine(`Repaired: ${name}`);
      else {
        printNotice(`not repaired: ${name}`);
        reportError(error, false);
        code = 1;
      }
    }
  } finally {
    progress.end();
  }
  if (damaged.length === 0) printLine("Removed: not used by any image");
  return code;
}

export function addCheck(command: Command, exit: (code: number) => void): Command {
  return command.action(async () => exit(await check()));
}
