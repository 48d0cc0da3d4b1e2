import type { Socket } from "node:net";
import { WIRE_HEADER, WIRE_MOST } from "./table.js";
import { Kind } from "./wire.js";

/** Events after which more can be read, or never will be. */
const CHANGES = ["readable", "end", "close"];

/**
 * Reads the next message from the peer, and no more than that from the stream.
 * @returns undefined if the peer has disconnected
 * @throws Error if the data is not a message
 */
export async function readMessage(socket: Socket): Promise<unknown> {
  let wake: () => void = () => undefined;
  const onChange = () => wake();
  const read = async (count: number): Promise<Buffer | undefined> => {
    for (;;) {
      const bytes = socket.read(count) as Buffer | null;
      // At the end of the stream, fewer bytes may be left.
      if (bytes) return bytes.length === count ? bytes : undefined;
      if (socket.destroyed || socket.readableEnded) return undefined;
      await new Promise<void>((resolve) => (wake = resolve));
    }
  };
  for (const event of CHANGES) socket.on(event, onChange);
  try {
    const header = await read(WIRE_HEADER);
    if (!header) return undefined;
    const length = header.readUInt32LE(0);
    if (header[4] !== Kind.json || length === 0 || length > WIRE_MOST) throw new Error("not a valid message");
    const payload = await read(length);
    return payload && (JSON.parse(payload.toString()) as unknown);
  } finally {
    for (const event of CHANGES) socket.off(event, onChange);
  }
}
