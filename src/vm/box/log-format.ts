/** A piece of what the workload wrote. */
export interface LogEntry {
  time: string;
  stream: "stdout" | "stderr";
  data: Buffer;
}

/** The head of an entry on disk; the data follows it byte for byte, and after them a newline. */
export function logHead(stream: LogEntry["stream"], length: number, time: Date): string {
  return `${time.toISOString()} ${stream} ${length}\n`;
}

const HEAD = /^(\d{4}-\d\d-\d\dT[\d:.]+Z) (stdout|stderr) (\d{1,6})$/;

/**
 * Cuts complete entries off the beginning of a buffer.
 * @returns the entries and the rest, which may be the beginning of another.
 * @throws Error when the file is not a log of box's
 */
export function parseLog(buffer: Buffer): { entries: LogEntry[]; rest: Buffer } {
  const entries: LogEntry[] = [];
  let rest = buffer;
  for (;;) {
    const end = rest.subarray(0, 64).indexOf(10);
    if (end < 0) return { entries, rest };
    const match = HEAD.exec(rest.toString("latin1", 0, end));
    if (!match) throw new Error("the log file is damaged");
    const [, time = "", stream, length] = match;
    const last = end + 1 + Number(length);
    if (rest.length <= last) return { entries, rest };
    entries.push({ time, stream: stream as LogEntry["stream"], data: rest.subarray(end + 1, last) });
    rest = rest.subarray(last + 1);
  }
}
