import { messageOf } from "../../errors.js";
import { writeState } from "../../vm/box/state.js";
import type { Box, Context } from "../context.js";
import { resolveBox } from "./resolve.js";
import { startAndWait } from "./start.js";

/**
 * Restarts a box as its restart policy demands, after the monitor of its last run has exited. Does nothing if a command
 * has stopped or started the box in the meantime.
 * @throws BoxError as `start`; the reason is recorded, and the box stays stopped
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

/** As with Docker, a box that cannot be restarted stays stopped, and the reason is recorded. */
async function giveUp(context: Context, { folder, record }: Box, error: unknown): Promise<void> {
  const { state } = await resolveBox(context, record.id);
  if (state.status !== "restarting") return;
  const reason = messageOf(error);
  await writeState(folder, { ...state, status: "exited", error: `cannot be restarted: ${reason}` });
}
