import type { Socket } from "node:net";
import { BoxError } from "../../errors.js";
import { onAbort } from "../../host/abort.js";
import { failureOf, follow, send } from "../protocol/control/client.js";
import type { Task } from "../protocol/guest/messages.js";

/** Maximum size of a task's output: more than the process list of any functioning box. */
const MOST_BYTES = 16 * 2 ** 20;

/**
 * Has the agent of a running box control or list all of the box's programs.
 * @param socket a connection of its own, which is closed at the end
 * @param signal closes the connection
 * @returns the agent's output, which is untrusted: the guest may be hostile
 * @throws BoxError paused, task-failed
 */
export async function runTask(socket: Socket, task: Task, signal?: AbortSignal): Promise<string> {
  const off = onAbort(signal, () => socket.destroy());
  const stdout: Buffer[] = [];
  let bytes = 0;
  let stderr = "";
  send(socket, { op: "task", task });
  const ending = await follow(socket, {
    onOutput: (stream, data) => {
      bytes += data.length;
      if (bytes > MOST_BYTES) socket.destroy();
      else if (stream === "stdout") stdout.push(data);
      else stderr += data.toString();
    },
  })
    .catch((error: unknown) => {
      if (bytes <= MOST_BYTES) throw error;
      throw new BoxError("task-failed", "the guest agent returned too much data");
    })
    .finally(off);
  if (ending.event === "failed") throw failureOf(ending);
  if (ending.exitCode === 0) return Buffer.concat(stdout).toString();
  throw new BoxError("task-failed", stderr.trim() || "the box exited in the meantime");
}
