import type { Socket } from "node:net";
import { readRecordFileSync } from "../../host/read.js";
import { boxFiles } from "../box/files.js";
import type { BoxRecord } from "../box/record.js";
import type { LaunchRequest, SentLaunchRequest } from "../protocol/control/launch-request.js";
import { CONTROL_VERSION, WIRE_HEADER, WIRE_MOST } from "../protocol/control/table.js";
import { Kind } from "../protocol/control/wire.js";
import { NewerRequest } from "./request.js";

/** Events after which more can be read, or never will be. */
const CHANGES = ["readable", "end", "close"];

/**
 * Reads the next message from a command, and no more than that from the stream.
 * @returns undefined if the command has disconnected
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

/**
 * Waits until a command assigns this monitor to a box.
 * @returns undefined if the command has disconnected without doing so
 * @throws NewerRequest; Error if the first message is something else, for example from another version of box
 */
export async function waitForLaunchRequest(command: Socket): Promise<LaunchRequest | undefined> {
  const message = await readMessage(command);
  if (message === undefined) return undefined;
  const { op, version, record, ...request } = (message ?? {}) as Partial<SentLaunchRequest>;
  if (op !== "launch" || typeof version !== "number") throw new Error("not a launch request");
  if (version > CONTROL_VERSION) throw new NewerRequest(`launch request with version ${version}`);
  const { folder } = request;
  if (typeof folder !== "string") throw new Error("launch request without a box");
  // The command has validated it; the schema is not loaded here.
  const stored = () => JSON.parse(readRecordFileSync(boxFiles(folder).record).toString()) as BoxRecord;
  return { ...request, folder, record: record ?? stored() };
}
