import { Command } from "commander";
import { engine } from "./engine.js";

/** Run by `box pool start`, through `box-vmm keep` (docs/vmm-helper.md). */
export function command(): Command {
  return new Command("keeper").argument("<pool>", "name of a pool").action(async (pool: string) => {
    // The pool ends when it is stopped, not with a terminal or login session.
    for (const signal of ["SIGHUP", "SIGINT", "SIGQUIT", "SIGPIPE"] as const)
      process.on(signal, () => undefined);
    await engine().pools.keep(pool, { starter: 3, control: 4 });
  });
}
