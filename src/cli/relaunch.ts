import { finished } from "node:stream/promises";
import { Command } from "commander";
import { engine } from "./engine.js";
import { openStdin } from "./stdin.js";

/** Of a monitor, which starts it for a box's restart policy and ends then (vm/monitor/restart.ts). */
export function command(): Command {
  return new Command("relaunch").argument("<box>", "id of a box").action(async (id: string) => {
    // The monitor's end.
    await finished(openStdin().resume());
    await engine().boxes.relaunch(id);
  });
}
