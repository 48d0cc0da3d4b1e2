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

export type { LogEntry };

export interface LogsOptions {
  /** Goes on until the box has ended for good. */
  follow?: boolean | undefined;
  /** Only what was written from this moment on, in milliseconds since 1970. */
  since?: number | undefined;
  /** Only what was written before this moment. */
  until?: number | undefined;
  /** Begins with so many lines before the end of what is there now. */
  tail?: number | undefined;
  signal?: AbortSignal | undefined;
}

/** Stands where something is missing. */
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
 * The log of a box, piece by piece as it was written.
 * @throws BoxError no-such-box, ambiguous-id
 */
export async function logs(
  context: Context,
  ref: BoxRef,
  { follow = false, since = -Infinity, until = Infinity, tail = Infinity, signal }: LogsOptions = {},
): Promise<AsyncIterable<LogEntry>> {
  const box = await resolveBox(context, ref);
  const isWithin = ({ time }: LogEntry) => Date.parse(time) >= since && Date.parse(time) < until;
  /** Until the box has ended for good, or what comes is not wanted any more. */
  const untilOver = (gone: AbortSignal) =>
    withController(gone, async (over) => {
      const left = Math.min(Math.max(until - Date.now(), 0), LONGEST_TIMER_MS);
      const timer = setTimeout(() => over.abort(), left);
      await awaitLastEnd(context.home, box, over.signal).finally(() => clearTimeout(timer));
    });
  const work = async (emit: Emit<LogEntry>, gone: AbortSignal) => {
    const log = await openLog(boxFiles(box.folder).log, () => void emit(GAP));
    try {
      const skip = skipLines(tail === Infinity ? 0 : (await countWithin(log, isWithin)) - tail);
      const pass = (entry: LogEntry) => {
        if (!isWithin(entry)) return undefined;
        const data = skip(entry);
        return data.length === 0 ? undefined : emit({ ...entry, data });
      };
      await (follow ? log.follow(pass, untilOver(gone)) : log.scan(pass));
    } finally {
      await log.close();
    }
  };
  return iterate(work, signal, (entry) => {
    if (entry !== GAP) return true;
    context.warn("the log was rotated faster than it could be shown: some of it is left out here");
    return false;
  });
}
