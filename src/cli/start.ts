import { Command } from "commander";
import { BoxError } from "../errors.js";
import { addDetachKeys, detachKeysOf, type AttachmentFlags } from "./flags/attachment.js";
import { attach } from "./terminal.js";
import { catchSignals } from "./terminal/signals.js";
import { forEachBox } from "./each.js";
import { untilEnded } from "./ending.js";
import { engine } from "./engine.js";

interface StartFlags extends AttachmentFlags {
  attach?: boolean;
  interactive?: boolean;
}

const EXAMPLES = `
A box that runs already is left alone; one that is paused is refused. Its writable layer is a new one unless it was made
with --persistent.

Examples:
  box start web
  box start -a job     show its output, pass signals on, end with its exit code
  box start -ai shell  the same, and feed it; on this terminal if it was made with -it`;

export function command(exit: (code: number) => void): Command {
  const startCommand = new Command("start")
    .argument("<box...>", "names or ids")
    .option("-a, --attach", "show its output, pass signals on, end with its exit code")
    .option("-i, --interactive", "feed its standard input, which it must have been made with (-i)");
  return addDetachKeys(startCommand)
    .addHelpText("after", EXAMPLES)
    .action(async (names: string[], flags: StartFlags) => {
      if (flags.attach === true || flags.interactive === true) exit(await startAttached(names, flags));
      else exit(await forEachBox(names, (box) => engine().boxes.start(box, { signal: untilEnded() })));
    });
}

async function startAttached(names: string[], flags: StartFlags): Promise<number> {
  const [name = ""] = names;
  if (names.length > 1) {
    throw new BoxError("usage", `-a and -i take one box, and ${names.length} are named`, {
      hint: "start them without, and see `box logs -f BOX`",
    });
  }
  const box = await engine().boxes.find(name);
  const { tty, stdin: open } = box.record.options;
  const stdin = flags.interactive === true && open;
  const detachKeys = await detachKeysOf(flags, { tty, stdin });
  const signals = catchSignals();
  return attach(await engine().boxes.startAttached(box, { stdin }), { stdin, tty, detachKeys, signals });
}
