import { Command } from "commander";
import { BoxError } from "../errors.js";
import { addDetachKeys, detachKeysOf, type AttachmentFlags } from "./flags/attachment.js";
import { explain, type Notes } from "./help/notes.js";
import { attach } from "./terminal.js";
import { catchSignals } from "./terminal/signals.js";
import { forEachBox } from "./each.js";
import { untilEnded } from "./ending.js";
import { engine } from "./engine.js";

interface StartFlags extends AttachmentFlags {
  attach?: boolean;
  interactive?: boolean;
}

const NOTES: Notes = {
  text: [
    "A box that is already running is left as it is; a paused box is refused. The box has the files that it had when it stopped, or those of its image if it was created with --persistent=false.",
  ],
  examples: [
    ["box start web"],
    ["box start -a job", "show its output and exit with its status"],
    ["box start -ai shell", "the same, and feed its standard input"],
  ],
};

export function command(exit: (code: number) => void): Command {
  const startCommand = explain(new Command("start"), NOTES)
    .argument("<box...>", "names or IDs of boxes")
    .option("-a, --attach", "attach stdout and stderr and forward signals")
    .option("-i, --interactive", "attach stdin, if the box was created with -i");
  return addDetachKeys(startCommand).action(async (names: string[], flags: StartFlags) => {
    if (flags.attach === true || flags.interactive === true) exit(await startAttached(names, flags));
    else exit(await forEachBox(names, (box) => engine().boxes.start(box, { signal: untilEnded() })));
  });
}

async function startAttached(names: string[], flags: StartFlags): Promise<number> {
  const [name = ""] = names;
  if (names.length > 1) {
    throw new BoxError("usage", "you cannot start and attach multiple containers at once", {
      hint: "start them without -a and -i, and use `box logs -f BOX`",
    });
  }
  const box = await engine().boxes.find(name);
  const { tty, stdin: open } = box.record.options;
  const stdin = flags.interactive === true && open;
  const detachKeys = await detachKeysOf(flags, { tty, stdin });
  const signals = catchSignals();
  return attach(await engine().boxes.startAttached(box, { stdin }), { stdin, tty, detachKeys, signals });
}
