import { Command } from "commander";
import { engine } from "./engine.js";
import { addDetachKeys, addSigProxy, detachKeysOf, type AttachmentFlags } from "./flags/attachment.js";
import { explain, type Notes } from "./help/notes.js";
import { attach } from "./terminal.js";
import { catchSignals } from "./terminal/signals.js";

const NOTES: Notes = {
  text: [
    "Shows the output of the box from now on (`box logs` shows earlier output), feeds its standard input if it was created with -i, forwards signals and exits with its status. Ctrl-p ctrl-q detaches from a box with a terminal (-t).",
  ],
  examples: [["box attach web"], ["box attach --no-stdin job"], ["box attach --detach-keys ctrl-x shell"]],
};

export function command(exit: (code: number) => void): Command {
  const attachCommand = explain(new Command("attach"), NOTES)
    .argument("<box>", "name or ID of a running box")
    .option("--no-stdin", "do not attach stdin");
  return addSigProxy(addDetachKeys(attachCommand)).action(
    async (name: string, flags: AttachmentFlags & { stdin: boolean }) => {
      const box = await engine().boxes.find(name);
      const { tty, stdin: open } = box.record.options;
      const stdin = flags.stdin && open;
      const detachKeys = await detachKeysOf(flags, { tty, stdin });
      const signals = flags.sigProxy === false ? undefined : catchSignals();
      const session = await engine().boxes.attach(box, { stdin });
      exit(await attach(session, { stdin, tty, detachKeys, signals }));
    },
  );
}
