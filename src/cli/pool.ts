import { Command } from "commander";
import { DEFAULT_POOL, parsePoolName } from "../config/syntax/pool-name.js";
import { forEachName } from "./each.js";
import { engine } from "./engine.js";
import { explain } from "./help/notes.js";
import { printLine } from "./output/print.js";
import { addList } from "./pool/list.js";
import { addStart } from "./pool/start.js";
import { addStatus } from "./pool/status.js";

export function command(exit: (code: number) => void): Command {
  const pool = explain(new Command("pool"), {
    examples: [
      ["box pool start --image alpine --rm"],
      ["box run --rm --pool alpine echo hello"],
      ["box pool status"],
      ["box pool stop"],
    ],
  });
  addStart(pool.command("start"));
  pool
    .command("stop")
    .summary("Stop one or more pools, and end their idle virtual machines")
    .argument("[pool...]", `names of pools (default: ${DEFAULT_POOL})`)
    .action(async (names: string[]) => {
      const stop = async (name: string) => {
        await engine().pools.stop(name);
        printLine(name);
      };
      exit(await forEachName(names.length === 0 ? [DEFAULT_POOL] : names.map(parsePoolName), stop));
    });
  addList(pool.command("ls"));
  addStatus(pool.command("status"));
  return pool;
}
