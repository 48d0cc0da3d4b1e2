import { rmSync, writeFileSync } from "node:fs";
import { Socket } from "node:net";
import type { BoxFiles } from "../box/files.js";
import { Descriptor } from "./descriptors.js";
import { log } from "./log.js";

/** What is kept of each: the end, where a failure is explained. A guest that floods it wins nothing. */
const KEEP = 65_536;
/** Pieces of it that are kept apart. */
const MOST_CHUNKS = 256;
/** Lines that explain a failure. */
const LAST = 10;

/** The last lines that a VM has written, without control characters. */
export interface LastWords {
  /** Of the VMM, its helper and the other processes around it. */
  vmm: string[];
  /** Of the guest. */
  console: string[];
}

export interface Console {
  lastWords: () => LastWords;
  /** Resolves when the VMM has ended: nobody holds the other ends of the pipes any more. */
  ended: Promise<void>;
  /** Keeps what was read for the user, in files. */
  save: (files: Pick<BoxFiles, "console" | "vmmLog">) => void;
}

interface Tail {
  lines: () => string[];
  ended: Promise<void>;
  save: (path: string) => void;
}

function readTail(descriptor: number): Tail {
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
    lines: () => {
      const printable = text()
        .toString("latin1")
        .replace(/\u001b\[[\d;?]*[a-zA-Z]|[\u0000-\u0009\u000b-\u001f\u007f-\u00ff]/g, "");
      const lines = printable.split("\n").map((line) => line.trimEnd());
      return lines.filter((line) => line !== "").slice(-LAST);
    },
    ended: new Promise((resolve) => pipe.once("close", () => resolve())),
    save: (path) => {
      const kept = text();
      try {
        if (kept.length > 0) writeFileSync(path, kept, { mode: 0o600 });
        // Of an earlier life.
        else rmSync(path, { force: true });
      } catch (error) {
        // A full disk must not keep the box's end from being recorded.
        log("warn", `cannot keep ${path}: ${String(error)}`);
      }
    },
  };
}

/** Reads what the guest's kernel and the VMM have to say, each from a pipe of its own. */
export function readConsole(): Console {
  const [vmm, guest] = [readTail(Descriptor.vmm), readTail(Descriptor.console)];
  return {
    lastWords: () => ({ vmm: vmm.lines(), console: guest.lines() }),
    ended: Promise.all([vmm.ended, guest.ended]).then(() => undefined),
    save: (files) => {
      vmm.save(files.vmmLog);
      guest.save(files.console);
    },
  };
}
