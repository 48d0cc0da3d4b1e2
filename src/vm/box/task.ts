import type { Socket } from "node:net";
import { BoxError } from "../../errors.js";
import { onAbort } from "../../host/abort.js";
import { failureOf, follow, send } from "../protocol/control/client.js";
import type { Task } from "../protocol/guest/messages.js";

/** Of what a task tells: more than the processes of any box that still works. */
const MOST_BYTES = 16 * 2 ** 20;

/**
 * Has the agent of a running box do something to all of its programs, or tell of them.
 * @param socket a conversation for this alone; it is closed in the end.
 * @param signal breaks it off
 * @returns what it tells, of a hostile guest for all that is known
 * @throws BoxError paused, task-failed
 */
export async function runTask(socket: Socket, task: Task, signal?: AbortSignal): Promise<string> {
  const off = onAbort(signal, () => socket.destroy());
  const told: Buffer[] = [];
  let bytes = 0;
  let said = "";
  send(socket, { op: "task", task });
  const ending = await follow(socket, {
    onOutput: (stream, data) => {
      bytes += data.length;
      if (bytes > MOST_BYTES) socket.destroy();
      else if (stream === "stdout") told.push(data);
      else said += data.toString();
    },
  })
    .catch((error: unknown) => {
      if (bytes <= MOST_BYTES) throw error;
      throw new BoxError("task-failed", "the box tells more than there can be");
    })
    .finally(off);
  if (ending.event === "failed") throw failureOf(ending);
  if (ending.exitCode === 0) return Buffer.concat(told).toString();
  throw new BoxError("task-failed", said.trim() || "the box ended meanwhile");
}
