import { Command } from "commander";
import { settleFlags } from "./arguments.js";
import { engine } from "./engine.js";
import { addDetachKeys, addSigProxy, detachKeysOf, type AttachmentFlags } from "./flags/attachment.js";
import { attach } from "./terminal.js";
import { catchSignals } from "./terminal/signals.js";

const EXAMPLES = `
Shows what the box writes from now on, feeds it standard input if it was made with -i, passes signals on and ends with
its exit code. \`box logs\` shows what it has written before. Of a box with a terminal (-t) the keys are carried, and
ctrl-p ctrl-q leaves it.

Examples:
  box attach web
  box attach --no-stdin job
  box attach --detach-keys ctrl-x shell`;

export const prepare = settleFlags;

export function command(exit: (code: number) => void): Command {
  const attachCommand = new Command("attach")
    .argument("<box>", "name or id of a running box")
    .option("--no-stdin", "do not feed standard input");
  return addSigProxy(addDetachKeys(attachCommand))
    .addHelpText("after", EXAMPLES)
    .action(async (name: string, flags: AttachmentFlags & { stdin: boolean }) => {
      const box = await engine().boxes.find(name);
      const { tty, stdin: open } = box.record.options;
      const stdin = flags.stdin && open;
      const detachKeys = await detachKeysOf(flags, { tty, stdin });
      const signals = flags.sigProxy === false ? undefined : catchSignals();
      const session = await engine().boxes.attach(box, { stdin });
      exit(await attach(session, { stdin, tty, detachKeys, signals }));
    });
}
