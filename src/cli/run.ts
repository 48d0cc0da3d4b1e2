import { Command } from "commander";
import type { BoxConfig } from "../config/box-config.js";
import type { BoxOptions } from "../config/box-options.js";
import { checkName, newBoxId } from "../vm/box/create.js";
import { randomName } from "../vm/box/random-name.js";
import { runBox } from "../vm/start.js";
import { separateCommand } from "./arguments.js";
import { checkAvailable } from "./flags/available.js";
import { addBoxFlags, resolveBox, type BoxFlags } from "./flags/box-flags.js";
import { createCidFile } from "./flags/cid-file.js";
import { attach, awaitStart, catchSignals } from "./attach.js";
import { forgetImage, obtainImage } from "./obtain-image.js";
import { printLine, printWarning } from "./output/print.js";

const EXAMPLES = `
Flags may stand before the image or straight after it. The first word after the image that is not a flag starts
the command, and everything from there on belongs to it; \`--\` ends the flags explicitly.

Examples:
  box run nginx:alpine -p 8080:80                      publish port 80 of the box as 8080 here
  box run --rm -v "$PWD":/src:ro alpine ls /src         share a folder, read-only
  echo hello | box run -i --rm busybox sha256sum       feed its standard input
  box run -d --name db -e POSTGRES_PASSWORD=x postgres  in the background

Exit codes: the program's own; 128+n when signal n ended it; 127 not found, 126 not executable, 125 box's own error.`;

export { separateCommand as prepare };

export function command(exit: (code: number) => void): Command {
  return addBoxFlags(new Command("run"))
    .usage("[FLAGS] IMAGE [FLAGS] [COMMAND [ARG...]]")
    .argument("[image]", "image reference, such as nginx:alpine")
    .argument("[command...]", "replaces the image's command")
    .addHelpText("after", EXAMPLES)
    .action(async (image: string | undefined, words: string[], flags: BoxFlags) => {
      const name = flags.name ?? randomName();
      checkName(name);
      const { config, options } = await resolveBox(image, words, flags);
      if (flags.dryRun) {
        printLine(JSON.stringify(config, undefined, 2));
        return;
      }
      checkAvailable(config, options);
      exit(await run(config, options, name, flags));
    });
}

async function run(config: BoxConfig, options: BoxOptions, name: string, flags: BoxFlags): Promise<number> {
  const id = newBoxId();
  const cidFile = flags.cidfile === undefined ? undefined : await createCidFile(flags.cidfile);
  let passSignals: ReturnType<typeof catchSignals> | undefined;
  const getImage = async () => {
    const found = await obtainImage(config.image, {
      pull: flags.pull ?? "missing",
      quiet: flags.quiet ?? false,
      cache: config.cache,
      box: id,
      verify: flags.verify,
    });
    // Until here a signal just ends this command; from here on there may be a box to end.
    if (!flags.detach) passSignals = catchSignals();
    return found;
  };
  const { socket } = await runBox(config, options, { id, name }, flags.vmm, getImage, printWarning).catch(
    async (error: unknown) => {
      await cidFile?.abandon();
      await forgetImage(config.cache, id);
      throw error;
    },
  );
  await cidFile?.write(id);
  if (passSignals) return attach(socket, options.stdin, passSignals);
  await awaitStart(socket);
  printLine(id);
  return 0;
}
