import { writeState } from "../../vm/box/state.js";
import type { Box, Context } from "../context.js";
import { resolveBox } from "./resolve.js";
import { startAndWait } from "./start.js";

/**
 * Starts a box again for its restart policy, after the monitor of its last life has ended. One that a command has
 * stopped or started meanwhile is left alone.
 * @throws BoxError what `start` throws; the reason is on record then, and the box stays down
 */
export async function relaunch(context: Context, id: string): Promise<void> {
  const box = await resolveBox(context, id);
  if (box.state.status !== "restarting") return;
  try {
    await startAndWait(context, box);
  } catch (error) {
    await giveUp(context, box, error);
    throw error;
  }
}

/** As Docker: a box that cannot be started again stays down, with the reason on record. */
async function giveUp(context: Context, { folder, record }: Box, error: unknown): Promise<void> {
  const { state } = await resolveBox(context, record.id);
  if (state.status !== "restarting") return;
  const reason = error instanceof Error ? error.message : String(error);
  await writeState(folder, { ...state, status: "exited", error: `cannot be started again: ${reason}` });
}
