import type { Command } from "commander";
import { DEFAULT_POOL } from "../../config/pool.js";
import { requestOf } from "../create-request.js";
import { untilEnded } from "../ending.js";
import { engine } from "../engine.js";
import { poolLines } from "../flags/box-lines.js";
import type { BoxFlags } from "../flags/given.js";
import { addLines } from "../flags/options.js";
import { explain } from "../help/notes.js";
import { printLine, printNotice } from "../output/print.js";
import { reportPull } from "../output/pull-report.js";

type StartFlags = BoxFlags & { image?: string };

async function start(name: string, flags: StartFlags): Promise<void> {
  const { image, quiet = false } = flags;
  const isDescribed = Object.keys(flags).length > 0;
  const lines = poolLines();
  const request = isDescribed ? await requestOf("pool start", image, [], flags, lines) : undefined;
  const report = reportPull({ quiet, print: printNotice });
  try {
    await engine().pools.start(name, request, {
      onProgress: report.onProgress,
      onStep: report.onStep,
      onImage: report.end,
      signal: untilEnded(),
    });
  } finally {
    report.end();
  }
  printLine(name);
}

export function addStart(command: Command): Command {
  explain(command, {
    text: [
      "A box whose command line asks for the same virtual machine can use one of the pool: the same image, resources, network and limits on the host. With --rm, the pool is for boxes with --rm; without it, for all.",
      "Without flags, a pool whose keeper was killed is started again as it was.",
    ],
    examples: [
      ["box pool start --image alpine --rm", "for `box run --rm --pool alpine`"],
      ["box pool start ci --image node:22 -m 2g --min-idle 3"],
    ],
  })
    .summary("Start a pool, and wait until its virtual machines are idle")
    .argument("[pool]", "name of the pool", DEFAULT_POOL)
    .option("--image <image>", "image of the boxes, such as nginx:alpine");
  return addLines(command, poolLines(), true).action(start);
}
