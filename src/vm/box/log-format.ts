/** A chunk of the workload's output, or a line from box about lost output. */
export interface LogEntry {
  time: string;
  stream: "stdout" | "stderr";
  data: Buffer;
}

const NEWLINE = 10;

/** Header of an entry on disk. The data follows verbatim, then a newline. */
export function logHead(stream: LogEntry["stream"] | "lost", length: number, time: Date): string {
  return `${time.toISOString()} ${stream} ${length}\n`;
}

/** Longer than any header. */
const HEAD_ROOM = 64;
const HEAD = /^(\d{4}-\d\d-\d\dT[\d:.]{8,15}Z) (stdout|stderr|lost) (\d{1,6})\n/;
const LATER_HEAD = new RegExp(HEAD.source.slice(1), "g");

/** Returns the offset of the next entry after `from`, or undefined. */
function findHead(buffer: Buffer, from: number): number | undefined {
  LATER_HEAD.lastIndex = from;
  return LATER_HEAD.exec(buffer.toString("latin1"))?.index;
}

/**
 * Parses the complete entries at the beginning of a buffer. A monitor that was killed while writing leaves a truncated
 * entry: what was written of it is returned, and the next entry begins at its own header.
 * @param atEnd no data follows the buffer at the moment, so an incomplete entry may be a truncated one
 * @returns the entries, and the rest, which may be the beginning of another entry
 */
export function parseLog(buffer: Buffer, atEnd: boolean): { entries: LogEntry[]; rest: Buffer } {
  const entries: LogEntry[] = [];
  let rest = buffer;
  for (;;) {
    const match = HEAD.exec(rest.toString("latin1", 0, HEAD_ROOM));
    const [head = "", time = "", stream, length] = match ?? [];
    const end = head.length + Number(length);
    const entryUpTo = (to: number): LogEntry => ({
      time,
      stream: stream === "stdout" ? "stdout" : "stderr",
      data: rest.subarray(head.length, to),
    });
    if (match && rest[end] === NEWLINE) {
      entries.push(entryUpTo(end));
      rest = rest.subarray(end + 1);
      continue;
    }
    const complete = match ? rest.length > end : rest.length >= HEAD_ROOM;
    if (!complete && !atEnd) return { entries, rest };
    const next = findHead(rest, head.length);
    if (next === undefined && !complete) return { entries, rest };
    const cut = next ?? (match ? end : rest.length - HEAD_ROOM + 1);
    if (match && cut > head.length) entries.push(entryUpTo(cut));
    rest = rest.subarray(cut);
  }
}
