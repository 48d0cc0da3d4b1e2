import { connect } from "../../vm/box/connect.js";
import { runTask } from "../../vm/box/task.js";
import type { BoxRef, Context } from "../context.js";
import { resolveBox } from "./resolve.js";

/**
 * Pauses or resumes all processes of a running box.
 * @throws BoxError no-such-box, ambiguous-id, not-running, paused, task-failed
 */
export async function setPaused(context: Context, ref: BoxRef, paused: boolean): Promise<void> {
  const box = await resolveBox(context, ref);
  const reason = paused ? undefined : `container ${box.record.name} is not paused`;
  const socket = await connect(context.home, box, reason);
  await runTask(socket, { kind: paused ? "freeze" : "thaw" });
}
