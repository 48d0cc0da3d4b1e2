import type { Socket } from "node:net";
import { encodePoolMessage, type PoolAnswer, type PoolRequest } from "../../vm/pool/messages.js";
import type { Stock } from "../../vm/pool/stock.js";
import { readMessage } from "../../vm/protocol/control/read-message.js";
import type { Counter } from "./counter.js";

const OPERATIONS: ReadonlySet<string> = new Set(["take", "acquired", "status", "await", "stop"]);

/** Serves one conversation with a command. VMs that it has taken, but not claimed, end with it. */
export async function converse(
  socket: Socket,
  counter: Counter,
  stock: Pick<Stock, "release" | "filled" | "counts">,
  stop: () => Promise<void>,
): Promise<void> {
  const taken: string[] = [];
  const answer = async (request: PoolRequest): Promise<PoolAnswer> => {
    if (request.op === "acquired") {
      // Even if the monitor's message that the VM has been claimed has not been read yet.
      taken.length = 0;
      return counter.acquired(request.ms);
    }
    if (request.op === "status") return { event: "status", status: await counter.status() };
    if (request.op === "await") {
      await stock.filled;
      return { event: "ready", idle: stock.counts().idle };
    }
    if (request.op === "take") {
      const given = counter.take(request.shape, request.tentative);
      if (given.event === "taken") taken.push(given.id);
      return given;
    }
    await stop();
    return { event: "stopped" };
  };
  try {
    for (;;) {
      // Commands are part of box; anything else, such as a request of another version, ends the conversation.
      const request = (await readMessage(socket)) as PoolRequest | undefined;
      if (request === undefined || !OPERATIONS.has(request.op)) break;
      const answered = await answer(request);
      await new Promise<void>((resolve) => socket.write(encodePoolMessage(answered), () => resolve()));
      if (answered.event === "stopped") break;
    }
  } catch {
    // Not a message.
  }
  for (const id of taken) stock.release(id);
  socket.destroy();
}
