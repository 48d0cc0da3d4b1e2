import type { Command } from "commander";
import type { DocumentInput } from "../../config/box-document.js";
import { DEFAULT_POOL, parsePoolName } from "../../config/syntax/pool-name.js";
import type { ParsedRequest } from "../../engine/boxes/request.js";
import { requestOf } from "../create-request.js";
import { untilEnded } from "../ending.js";
import { engine } from "../engine.js";
import { poolLines } from "../flags/box-lines.js";
import { readGivenFile } from "../flags/box-flags.js";
import type { BoxFlags } from "../flags/given.js";
import { mergeFields } from "../flags/merge.js";
import { addLines } from "../flags/options.js";
import { explain } from "../help/notes.js";
import { printLine, printNotice } from "../output/print.js";
import { reportPull } from "../output/pull-report.js";

type StartFlags = BoxFlags & { image?: string };

/**
 * Resolves the name of a pool, and the box that it is for. Without an image, the flags change a pool that was started
 * before.
 */
async function resolvePool(
  given: string | undefined,
  flags: StartFlags,
): Promise<{ name: string; request: ParsedRequest }> {
  const file: DocumentInput = await readGivenFile(flags.config);
  const name = parsePoolName(given ?? file.pool?.name ?? DEFAULT_POOL);
  const isNew = (flags.image ?? file.image) !== undefined;
  const known = isNew ? undefined : await engine().pools.known(name);
  const below = mergeFields({ ...known?.document }, file);
  const request = await requestOf("pool start", flags.image, [], flags, { lines: poolLines(), below });
  return { name, request: { ...request, platform: request.platform ?? known?.platform } };
}

async function start(given: string | undefined, flags: StartFlags): Promise<void> {
  const { quiet = false } = flags;
  const { name, request } = await resolvePool(given, flags);
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
      "Without an image, a pool whose keeper was killed is started again as it was, except for the flags that are given. A pool that is running with the same flags is left as it is.",
      "--add-host with host-gateway gives the virtual machines access to this host, and --dns takes that to a resolver on its loopback; the hosts and servers themselves are those of each box.",
    ],
    examples: [
      ["box pool start --image alpine --rm", "for `box run --rm --pool alpine`"],
      ["box pool start ci --image node:22 -m 2g --min-idle 3"],
    ],
  })
    .summary("Start a pool, and wait until its virtual machines are idle")
    .argument("[pool]", `name of the pool (default: that in the --config file, or ${DEFAULT_POOL})`)
    .option("--image <image>", "image of the boxes, such as nginx:alpine");
  return addLines(command, poolLines(), true).action(start);
}
