import { rmSync, writeFileSync } from "node:fs";
import { Socket } from "node:net";
import type { BoxFiles } from "../box/files.js";
import { Descriptor } from "./descriptors.js";
import { log } from "./log.js";

/** Bytes kept at the end of each stream, where failures are explained. A guest cannot exhaust memory by flooding it. */
const KEEP = 65_536;
/** Maximum number of chunks that are kept before they are merged. */
const MOST_CHUNKS = 256;
/** Number of lines quoted to explain a failure. */
const LAST = 10;

/** The last lines of a VM's output, without control characters. */
export interface LastWords {
  /** From the VMM, its helper and related processes. */
  vmm: string[];
  /** From the guest. */
  console: string[];
}

export interface Console {
  lastWords: () => LastWords;
  /** Resolves when the VMM has exited, that is, when the other ends of the pipes are closed. */
  ended: Promise<void>;
  /** Saves the output to files for the user. */
  save: (files: Pick<BoxFiles, "console" | "vmmLog">) => void;
}

interface Tail {
  lines: () => string[];
  ended: Promise<void>;
  save: (path: string) => void;
}

function readTail(pipe: Socket): Tail {
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
        // Remove the file of an earlier run.
        else rmSync(path, { force: true });
      } catch (error) {
        // A full disk must not prevent recording that the box has exited.
        log("warn", `cannot write ${path}: ${String(error)}`);
      }
    },
  };
}

const pipeAt = (fd: number) => new Socket({ fd, readable: true, writable: false });

/** Reads the VMM's output and the guest's console, each from its own pipe. */
export function readConsole(
  fromVmm = pipeAt(Descriptor.vmm),
  fromGuest = pipeAt(Descriptor.console),
): Console {
  const [vmm, guest] = [readTail(fromVmm), readTail(fromGuest)];
  return {
    lastWords: () => ({ vmm: vmm.lines(), console: guest.lines() }),
    ended: Promise.all([vmm.ended, guest.ended]).then(() => undefined),
    save: (files) => {
      vmm.save(files.vmmLog);
      guest.save(files.console);
    },
  };
}
