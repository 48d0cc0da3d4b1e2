import { finished } from "node:stream/promises";
import { Command } from "commander";
import { findBox, type Box } from "../vm/box/find.js";
import { writeState } from "../vm/box/state.js";
import { startBox } from "../engine/boxes/start.js";
import { awaitStart } from "./terminal.js";
import { printWarning, reportError } from "./output/print.js";
import { openStdin } from "./stdin.js";
import { currentHome } from "./store.js";

/** Of a monitor, which starts it for a box's restart policy and ends then (vm/monitor/restart.ts). */
export function command(exit: (code: number) => void): Command {
  return new Command("relaunch").argument("<box>", "id").action(async (id: string) => {
    // The monitor's end.
    await finished(openStdin().resume());
    const box = await findBox(currentHome(), id);
    if (box.state.status !== "restarting") return;
    try {
      await awaitStart(await startBox(currentHome(), box, printWarning));
    } catch (error) {
      exit(reportError(error, false));
      await giveUp(box, error);
    }
  });
}

/** As Docker: a box that cannot be started again stays down, with the reason on record. */
async function giveUp({ folder, record }: Box, error: unknown): Promise<void> {
  const { state } = await findBox(currentHome(), record.id);
  if (state.status !== "restarting") return;
  const reason = error instanceof Error ? error.message : String(error);
  await writeState(folder, { ...state, status: "exited", error: `cannot be started again: ${reason}` });
}
