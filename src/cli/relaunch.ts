import { finished } from "node:stream/promises";
import { Command } from "commander";
import { engine } from "./engine.js";
import { openStdin } from "./stdin.js";

/** Run by a monitor before it exits, to restart the box by its restart policy (vm/monitor/restart.ts). */
export function command(): Command {
  return new Command("relaunch").argument("<box>", "ID of a box").action(async (id: string) => {
    // Stdin closes when the monitor has exited.
    await finished(openStdin().resume());
    await engine().boxes.relaunch(id);
  });
}
