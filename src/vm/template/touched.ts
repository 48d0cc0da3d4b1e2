import {
  closeSync,
  existsSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { temporaryBeside } from "../../host/temporaries.js";
import { templateFiles } from "./files.js";

/** A part of the mapping of a template's memory. Addresses and offsets are in pages. */
interface Part {
  first: number;
  count: number;
  offset: number;
}

/** Maximum number of pages in a list (8 MiB): a VM that has written more has done more than to start. */
const MOST_PAGES = 2048;
const PAGE_BYTES = 4096;
/** Bits of the upper half of an entry of /proc/PID/pagemap: the page is in memory; it belongs to a file, or is shared. */
const [PRESENT, OF_FILE] = [2 ** 31, 2 ** 29];
const ENTRY_BYTES = 8;
/** How many entries are read at once. */
const CHUNK_PAGES = 2 ** 16;

/** Returns where a process has mapped this file privately. */
function partsOf(pid: string, inode: number): Part[] {
  const line = /^([0-9a-f]+)-([0-9a-f]+) rw-p ([0-9a-f]+) \S+ (\d+) /gm;
  const pageOf = (bytes = "") => Number(`0x${bytes}`) / PAGE_BYTES;
  return [...readFileSync(`/proc/${pid}/maps`, "latin1").matchAll(line)]
    .filter(([, , , , found]) => Number(found) === inode)
    .map(([, from, to, offset]) => ({
      first: pageOf(from),
      count: pageOf(to) - pageOf(from),
      offset: pageOf(offset),
    }));
}

/** Returns the pages of a part that are copies, which the guest has written to. */
function copiesIn(pagemap: number, { first, count, offset }: Part): number[] {
  const pages: number[] = [];
  const entries = Buffer.alloc(CHUNK_PAGES * ENTRY_BYTES);
  for (let begin = 0; begin < count; begin += CHUNK_PAGES) {
    const size = Math.min(CHUNK_PAGES, count - begin) * ENTRY_BYTES;
    const got = readSync(pagemap, entries, 0, size, (first + begin) * ENTRY_BYTES);
    for (let at = 0; at + ENTRY_BYTES <= got; at += ENTRY_BYTES) {
      const upper = entries.readUInt32LE(at + 4);
      if (upper >= PRESENT && (upper & OF_FILE) === 0) pages.push(offset + begin + at / ENTRY_BYTES);
    }
  }
  return pages;
}

function copiesOf(pid: string, inode: number): number[] {
  const parts = partsOf(pid, inode);
  if (parts.length === 0) return [];
  const pagemap = openSync(`/proc/${pid}/pagemap`, "r");
  try {
    return parts.flatMap((part) => copiesIn(pagemap, part)).sort((a, b) => a - b);
  } finally {
    closeSync(pagemap);
  }
}

/** Writes ascending pages as lines with the first of a run and its length. */
export function encodePages(pages: readonly number[]): string {
  const runs: [number, number][] = [];
  for (const page of pages) {
    const last = runs.at(-1);
    if (last && last[0] + last[1] === page) last[1] += 1;
    else runs.push([page, 1]);
  }
  return runs.map(([first, count]) => `${first} ${count}\n`).join("");
}

/**
 * Lists the pages of a template's memory that a VM has written to so far, unless there is a list: nearly all of them are
 * those that the next VM writes to when it starts (native/vmm/touched.c).
 * @param supervisor the parent of the VMM
 * @throws the system error of a step that failed; without the list, starts only take longer
 */
export function noteTouched(template: string, supervisor: number): void {
  const { memory, touched } = templateFiles(template);
  if (existsSync(touched)) return;
  const { ino } = statSync(memory);
  const children = readFileSync(`/proc/${supervisor}/task/${supervisor}/children`, "latin1");
  const pages = children
    .split(" ")
    .filter(Boolean)
    .flatMap((pid) => copiesOf(pid, ino));
  if (pages.length === 0 || pages.length > MOST_PAGES) return;
  const temporary = temporaryBeside(touched);
  writeFileSync(temporary, encodePages(pages), { flag: "wx", mode: 0o600 });
  renameSync(temporary, touched);
}
