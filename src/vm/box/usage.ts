import * as z from "zod/mini";
import { BoxError } from "../../errors.js";

const count = z.int().check(z.minimum(0));

/** Resource usage of a box since its start, as counted by its agent (docs/protocol.md). */
export const Usage = z.object({
  /** CPU time on all CPUs. */
  cpuTicks: count,
  ticksPerSecond: z.int().check(z.minimum(1)),
  uptimeMs: count,
  cpus: count,
  memoryKb: count,
  availableKb: count,
  receivedBytes: count,
  sentBytes: count,
  readBytes: count,
  writtenBytes: count,
  /** Processes and threads. */
  pids: count,
});
export type Usage = z.infer<typeof Usage>;

const Process = z.object({
  pid: count,
  parent: count,
  /** Device number of its terminal; 0 if none. */
  terminal: z.int(),
  cpuTicks: count,
  /** Time since the start of the box. */
  startedTicks: count,
  sizeKb: count,
  residentKb: count,
  nice: z.int(),
  threads: count,
  state: z.string().check(z.maxLength(1)),
  user: z.string().check(z.maxLength(256)),
  command: z.string().check(z.maxLength(8192)),
});
export type Process = z.infer<typeof Process>;

export interface Processes {
  ticksPerSecond: number;
  uptimeMs: number;
  list: Process[];
}

function malformed(cause: unknown): BoxError {
  return new BoxError("task-failed", "the guest agent returned malformed data", { cause });
}

/** @throws BoxError task-failed */
export function parseUsage(text: string): Usage {
  const fields = text.split("\n", 100).map((line) => line.split(" "));
  const result = Usage.safeParse(Object.fromEntries(fields.map(([key = "", value]) => [key, Number(value)])));
  if (!result.success) throw malformed(result.error);
  return result.data;
}

/** @throws BoxError task-failed */
export function parseProcesses(text: string): Processes {
  const [head = "", ...lines] = text.split("\n").filter((line) => line !== "");
  const [ticksPerSecond = NaN, uptimeMs = NaN] = head.split("\t", 2).map(Number);
  if (!(ticksPerSecond > 0) || !(uptimeMs >= 0)) throw malformed(head);
  const list = lines.map((line) => {
    const cells = line.split("\t");
    const [pid, parent, terminal, cpuTicks, startedTicks, sizeKb, residentKb, nice, threads] =
      cells.map(Number);
    const [state, user, ...command] = cells.slice(9);
    const result = Process.safeParse({
      ...{ pid, parent, terminal, cpuTicks, startedTicks, sizeKb, residentKb, nice, threads },
      ...{ state, user, command: command.join(" ") },
    });
    if (!result.success) throw malformed(result.error);
    return result.data;
  });
  return { ticksPerSecond, uptimeMs, list: list.sort((a, b) => a.pid - b.pid) };
}
