import { Command } from "commander";
import { BoxConfig } from "../config/box-config.js";
import { BoxOptions } from "../config/box-options.js";
import { BoxError } from "../config/errors.js";
import { checkName, newBoxId } from "../vm/box/create.js";
import { randomName } from "../vm/box/random-name.js";
import { runBox } from "../vm/start.js";
import { separateCommand } from "./arguments.js";
import { addRunFlags, toBoxConfig, toBoxOptions, type RunFlags } from "./flags/run-flags.js";
import { attach, awaitStart, catchSignals } from "./attach.js";
import { obtainImage } from "./obtain-image.js";
import { printLine } from "./output/print.js";

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
  return addRunFlags(new Command("run"))
    .usage("[FLAGS] IMAGE [FLAGS] [COMMAND [ARG...]]")
    .argument("<image>", "image reference, such as nginx:alpine")
    .argument("[command...]", "replaces the image's command")
    .addHelpText("after", EXAMPLES)
    .action(async (image: string, words: string[], flags: RunFlags) => {
      exit(await run(image, words, flags));
    });
}

function validate(image: string, words: string[], flags: RunFlags): BoxConfig {
  const result = BoxConfig.safeParse(toBoxConfig(image, words, flags));
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new BoxError("invalid-config", `${issue?.path.join(".") ?? ""}: ${issue?.message ?? "not valid"}`);
}

async function run(image: string, words: string[], flags: RunFlags): Promise<number> {
  if (flags.detach && flags.interactive) {
    // Docker takes both; its client then leaves stdin open for a later attach.
    throw new BoxError(
      "flag-conflict",
      "-i and -d cannot be used together: nothing would feed the box's stdin",
    );
  }
  const config = validate(image, words, flags);
  const id = newBoxId();
  const name = flags.name ?? randomName();
  checkName(name);
  let passSignals: ReturnType<typeof catchSignals> | undefined;
  const getImage = async () => {
    const found = await obtainImage(image, { pull: flags.pull ?? "missing", quiet: flags.quiet ?? false });
    // Until here a signal just ends this command; from here on there may be a box to end.
    if (!flags.detach) passSignals = catchSignals();
    return found;
  };
  const { socket } = await runBox(
    config,
    BoxOptions.parse(toBoxOptions(flags)),
    { id, name },
    flags.vmm,
    getImage,
  );
  if (passSignals) return attach(socket, flags.interactive ?? false, passSignals);
  await awaitStart(socket);
  printLine(id);
  return 0;
}
