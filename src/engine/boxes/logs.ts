import { BoxError } from "../../errors.js";
import { withController } from "../../host/abort.js";
import { iterate, type Emit } from "../../host/iterate.js";
import { LONGEST_TIMER_MS } from "../../host/timer.js";
import { awaitLastEnd } from "../../vm/box/connect.js";
import { boxFiles } from "../../vm/box/files.js";
import type { LogEntry } from "../../vm/box/log-format.js";
import { openLog, type OpenLog } from "../../vm/box/log.js";
import type { BoxRef, Context } from "../context.js";
import { countLines, skipLines } from "./log-lines.js";
import { resolveBox } from "./resolve.js";
import { checkSidecar } from "./sidecar.js";

export type { LogEntry };

export interface LogsOptions {
  /** The output of the box's sidecar, instead of its own. */
  sidecar?: boolean | undefined;
  /** Continues until the box has exited for good. */
  follow?: boolean | undefined;
  /** Only output written at or after this time, in milliseconds since the epoch. */
  since?: number | undefined;
  /** Only output written at or before this time. */
  until?: number | undefined;
  /** Number of lines to start with, counted from the end of the current log (default: all). */
  tail?: number | undefined;
  signal?: AbortSignal | undefined;
}

/** Marks a place where entries are missing. */
const GAP: LogEntry = { time: "", stream: "stderr", data: Buffer.alloc(0) };

async function countWithin(log: OpenLog, isWithin: (entry: LogEntry) => boolean): Promise<number> {
  const lines = countLines();
  await log.scan((entry) => {
    if (isWithin(entry)) lines.add(entry);
    return undefined;
  });
  return lines.total();
}

/**
 * Iterates over the log of a box, in the chunks in which it was written.
 * @throws BoxError no-such-box, ambiguous-id, no-log, no-sidecar
 */
export async function logs(
  context: Context,
  ref: BoxRef,
  {
    sidecar = false,
    follow = false,
    since = -Infinity,
    until = Infinity,
    tail = Infinity,
    signal,
  }: LogsOptions = {},
): Promise<AsyncIterable<LogEntry>> {
  const box = await resolveBox(context, ref);
  if (box.record.options.logDriver === "none") {
    throw new BoxError("no-log", "configured logging driver does not support reading", {
      hint: "the box was created with `logDriver` none, which keeps no output",
    });
  }
  if (sidecar) checkSidecar(box.record);
  const { log: path, sidecarLog } = boxFiles(box.folder);
  const isWithin = ({ time }: LogEntry) => Date.parse(time) >= since && Date.parse(time) <= until;
  /** Resolves when the box has exited for good, or when `until` has passed. */
  const untilOver = (ended: AbortSignal) =>
    withController(ended, async (over) => {
      const left = Math.min(Math.max(until - Date.now(), 0), LONGEST_TIMER_MS);
      const timer = setTimeout(() => over.abort(), left);
      await awaitLastEnd(context.home, box, over.signal).finally(() => clearTimeout(timer));
    });
  const work = async (emit: Emit<LogEntry>, ended: AbortSignal) => {
    const log = await openLog(sidecar ? sidecarLog : path, () => void emit(GAP));
    try {
      const skip = skipLines(tail === Infinity ? 0 : (await countWithin(log, isWithin)) - tail);
      const pass = (entry: LogEntry) => {
        if (!isWithin(entry)) return undefined;
        const data = skip(entry);
        return data.length === 0 ? undefined : emit({ ...entry, data });
      };
      await (follow ? log.follow(pass, untilOver(ended)) : log.scan(pass));
    } finally {
      await log.close();
    }
  };
  return iterate(work, signal, (entry) => {
    if (entry !== GAP) return true;
    context.warn("the log was rotated faster than it could be read: some output is missing here");
    return false;
  });
}
