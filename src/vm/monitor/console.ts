import { writeFileSync } from "node:fs";
import { Socket } from "node:net";

/** What is kept of the console: the end, where a failure is explained. A guest that floods it wins nothing. */
const KEEP = 65_536;
/** Pieces of it that are kept apart. */
const MOST_CHUNKS = 256;

export interface Console {
  /** The last lines, without control characters. */
  tail: (lines: number) => string[];
  /** Resolves when the VMM has ended: nobody holds the other end of the pipe any more. */
  ended: Promise<void>;
  /** Keeps what was read for the user, in a file. */
  save: (path: string) => void;
}

/** Reads what the guest's kernel and the VMM have to say. */
export function readConsole(descriptor: number): Console {
  const pipe = new Socket({ fd: descriptor, readable: true, writable: false });
  let chunks: Buffer[] = [];
  let size = 0;
  const text = (): Buffer => {
    const all = Buffer.concat(chunks);
    const kept = Buffer.from(all.subarray(Math.max(0, all.length - KEEP)));
    chunks = [kept];
    size = kept.length;
    return kept;
  };
  pipe.on("data", (chunk: Buffer) => {
    chunks.push(chunk);
    size += chunk.length;
    if (size > 2 * KEEP || chunks.length > MOST_CHUNKS) text();
  });
  pipe.on("error", () => undefined);
  return {
    tail: (count) => {
      const printable = text()
        .toString("latin1")
        .replace(/\u001b\[[\d;?]*[a-zA-Z]|[\u0000-\u0009\u000b-\u001f\u007f-\u00ff]/g, "");
      const lines = printable.split("\n").map((line) => line.trimEnd());
      return lines.filter((line) => line !== "").slice(-count);
    },
    ended: new Promise((resolve) => pipe.once("close", () => resolve())),
    save: (path) => {
      const kept = text();
      if (kept.length > 0) writeFileSync(path, kept, { mode: 0o600 });
    },
  };
}
