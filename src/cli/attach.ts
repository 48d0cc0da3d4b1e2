import { Command } from "commander";
import { connectTo } from "../vm/box/connect.js";
import { findBox } from "../vm/box/find.js";
import { attach, catchSignals } from "./terminal.js";

const EXAMPLES = `
Shows what the box writes from now on, feeds it standard input if it was made with -i, passes signals on and ends with
its exit code. \`box logs\` shows what it has written before.

Examples:
  box attach web
  box attach --no-stdin job`;

export function command(exit: (code: number) => void): Command {
  return new Command("attach")
    .argument("<box>", "name or id of a running box")
    .option("--no-stdin", "do not feed standard input")
    .addHelpText("after", EXAMPLES)
    .action(async (name: string, { stdin }: { stdin: boolean }) => {
      const box = await findBox(name);
      const socket = await connectTo(box);
      exit(await attach(socket, stdin && box.record.options.stdin, catchSignals()));
    });
}
