import { connect } from "../../vm/box/connect.js";
import { runTask } from "../../vm/box/task.js";
import { parseProcesses, type Process, type Processes } from "../../vm/box/usage.js";
import type { BoxRef, Context } from "../context.js";
import { resolveBox } from "./resolve.js";

export type { Process };

/** The processes of a box, and the total memory of its VM. */
export interface BoxProcesses extends Processes {
  memoryKb: number;
}

/**
 * Lists the processes of a running box, as seen inside the box.
 * @throws BoxError no-such-box, ambiguous-id, not-running, paused, task-failed
 */
export async function processes(context: Context, ref: BoxRef): Promise<BoxProcesses> {
  const box = await resolveBox(context, ref);
  const table = await runTask(await connect(context.home, box), { kind: "processes" });
  return { ...parseProcesses(table), memoryKb: box.record.config.resources.memoryMb * 1024 };
}
