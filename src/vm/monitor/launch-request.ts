import type { Socket } from "node:net";
import { readRecordFileSync } from "../../host/read.js";
import { boxFiles } from "../box/files.js";
import type { BoxRecord } from "../box/record.js";
import type { LaunchRequest, SentLaunchRequest } from "../protocol/control/launch-request.js";
import { CONTROL_VERSION, WIRE_HEADER, WIRE_MOST } from "../protocol/control/table.js";
import { Kind } from "../protocol/control/wire.js";
import { NewerRequest } from "./request.js";

/** What tells that there is more to read, or never will be. */
const CHANGES = ["readable", "end", "close"];

/**
 * The next message of a command, of which no more than that is taken from the stream.
 * @returns undefined when the command has gone
 * @throws Error when it is none
 */
export async function readMessage(socket: Socket): Promise<unknown> {
  let wake: () => void = () => undefined;
  const onChange = () => wake();
  const read = async (count: number): Promise<Buffer | undefined> => {
    for (;;) {
      const bytes = socket.read(count) as Buffer | null;
      // What is left at the end may be less.
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
    if (header[4] !== Kind.json || length === 0 || length > WIRE_MOST)
      throw new Error("not a message of box");
    const payload = await read(length);
    return payload && (JSON.parse(payload.toString()) as unknown);
  } finally {
    for (const event of CHANGES) socket.off(event, onChange);
  }
}

/**
 * Waits until a command makes this the monitor of a box.
 * @returns undefined when it has gone without
 * @throws NewerRequest; Error when it says something else first, as another version of box may
 */
export async function waitForLaunchRequest(command: Socket): Promise<LaunchRequest | undefined> {
  const message = await readMessage(command);
  if (message === undefined) return undefined;
  const { op, version, record, ...request } = (message ?? {}) as Partial<SentLaunchRequest>;
  if (op !== "launch" || typeof version !== "number") throw new Error("not a launch request");
  if (version > CONTROL_VERSION) throw new NewerRequest(`a launch request of version ${version}`);
  const { folder } = request;
  if (typeof folder !== "string") throw new Error("a launch request without a box");
  // The command has checked it, against the schema that is not loaded here.
  const kept = () => JSON.parse(readRecordFileSync(boxFiles(folder).record).toString()) as BoxRecord;
  return { ...request, folder, record: record ?? kept() };
}
