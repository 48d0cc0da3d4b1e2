/** A piece of what the workload wrote, or a line of box's own about what was lost. */
export interface LogEntry {
  time: string;
  stream: "stdout" | "stderr";
  data: Buffer;
}

const NEWLINE = 10;

/** The head of an entry on disk; the data follows it byte for byte, and after them a newline. */
export function logHead(stream: LogEntry["stream"] | "lost", length: number, time: Date): string {
  return `${time.toISOString()} ${stream} ${length}\n`;
}

/** Longer than any head. */
const HEAD_ROOM = 64;
const HEAD = /^(\d{4}-\d\d-\d\dT[\d:.]{8,15}Z) (stdout|stderr|lost) (\d{1,6})\n/;
const LATER_HEAD = new RegExp(HEAD.source.slice(1), "g");

/** Where the next entry begins behind this place; undefined when none does. */
function findHead(buffer: Buffer, from: number): number | undefined {
  LATER_HEAD.lastIndex = from;
  return LATER_HEAD.exec(buffer.toString("latin1"))?.index;
}

/**
 * Cuts complete entries off the beginning of a buffer. A monitor that was killed in the middle of a write leaves an
 * entry that is too short: what there is of it counts, and the next one begins where its head stands.
 * @param atEnd nothing stands behind the buffer now: an entry that is not complete may be such a one
 * @returns the entries and the rest, which may be the beginning of another.
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
