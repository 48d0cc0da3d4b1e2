import { watch } from "node:fs";
import { open, type FileHandle } from "node:fs/promises";
import { connectToMonitor } from "../control/client.js";
import { boxFiles, controlSocket } from "./files.js";
import type { Box } from "./find.js";
import { parseLog, type LogEntry } from "./log-format.js";

const CHUNK = 1 << 18;

/** Reads on from where the last call ended, to the end of the file. */
async function drain(file: FileHandle, pending: Buffer, onEntry: (entry: LogEntry) => void): Promise<Buffer> {
  for (;;) {
    const { bytesRead, buffer } = await file.read({ buffer: Buffer.allocUnsafe(CHUNK) });
    if (bytesRead === 0) return pending;
    const { entries, rest } = parseLog(Buffer.concat([pending, buffer.subarray(0, bytesRead)]));
    entries.forEach(onEntry);
    pending = rest;
  }
}

/** Hands over what a box has written so far and, with `follow`, what it writes until it ends. */
export async function readLog(
  box: Box,
  onEntry: (entry: LogEntry) => void,
  following: boolean,
): Promise<void> {
  const path = boxFiles(box.folder).log;
  const file = await open(path, "r").catch(() => undefined);
  if (!file) return;
  try {
    const monitor = following ? await connectToMonitor(controlSocket(box.record.id)) : undefined;
    let pending = await drain(file, Buffer.alloc(0), onEntry);
    if (!monitor) return;
    await new Promise<void>((resolve, reject) => {
      // One reading at a time; a change that comes meanwhile asks for another.
      let reading: Promise<void> = Promise.resolve();
      const read = () =>
        (reading = reading.then(async () => void (pending = await drain(file, pending, onEntry))));
      const watcher = watch(path, () => void read().catch(reject));
      monitor.resume();
      // The monitor goes last of all: what it wrote is in the file by then.
      monitor.once("close", () => {
        watcher.close();
        read().then(resolve, reject);
      });
      void read().catch(reject);
    });
  } finally {
    await file.close();
  }
}
