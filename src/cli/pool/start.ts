import type { Command } from "commander";
import type { DocumentInput } from "../../config/box-document.js";
import { DEFAULT_POOL, parsePoolName } from "../../config/syntax/pool-name.js";
import { mergeFields } from "../../config/merge.js";
import { absoluteImage } from "../../config/parse-box.js";
import type { PoolRequest } from "../../engine/pools.js";
import { imageParameters } from "../create-request.js";
import { untilEnded } from "../ending.js";
import { engine } from "../engine.js";
import { poolLines } from "../flags/box-lines.js";
import { readAsked, readGivenFile } from "../flags/box-flags.js";
import type { BoxFlags } from "../flags/given.js";
import { addLines } from "../flags/options.js";
import { named } from "../flags/parse.js";
import { explain } from "../help/notes.js";
import { printLine, printNotice } from "../output/print.js";
import { reportPull } from "../output/pull-report.js";
import { inWorkingFolder } from "../working-folder.js";

type StartFlags = BoxFlags & { image?: string };

/** Makes a path in an image reference absolute: the pool's keeper has another working directory. */
const parseImage = (text: string) => inWorkingFolder((cwd) => absoluteImage(text, cwd));

/** The name of a pool, and what flags and a file say about the box that it is for. */
async function readPool(given: string | undefined, flags: StartFlags): Promise<[string, PoolRequest]> {
  const file: DocumentInput = await readGivenFile(flags.config);
  const image = flags.image ?? (file.image === undefined ? undefined : parseImage(file.image));
  const document = mergeFields({ ...file }, await readAsked(image, [], flags, poolLines()));
  return [parsePoolName(given ?? file.pool?.name ?? DEFAULT_POOL), { document, ...imageParameters(flags) }];
}

async function start(given: string | undefined, flags: StartFlags): Promise<void> {
  const { quiet = false } = flags;
  const [name, request] = await readPool(given, flags);
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
    .option("--image <image>", "image of the boxes, such as nginx:alpine", named("--image", parseImage));
  return addLines(command, poolLines(), true).action(start);
}
