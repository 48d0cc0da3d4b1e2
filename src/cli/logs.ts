import { once } from "node:events";
import { Command } from "commander";
import { BoxError } from "../errors.js";
import { quote } from "../config/syntax/quote.js";
import { LONGEST_TIMER_MS } from "../host/timer.js";
import { awaitLastEnd } from "../vm/box/connect.js";
import { boxFiles } from "../vm/box/files.js";
import { findBox, type Box } from "../vm/box/find.js";
import type { LogEntry } from "../vm/box/log-format.js";
import { openLog, type OpenLog } from "../vm/box/log.js";
import { countLines, skipLines, stampLines } from "../docker/boxes/log-lines.js";
import { parseTime } from "../docker/filters.js";
import { printWarning } from "./output/print.js";
import { currentHome } from "./store.js";

interface LogsFlags {
  follow?: boolean;
  since?: string;
  tail?: number;
  timestamps?: boolean;
  until?: string;
}

/** As Docker has it: `all`, and what is less than nothing, are all lines. */
function parseTail(text: string): number {
  if (text === "all") return Infinity;
  if (!/^-?\d{1,15}$/.test(text)) {
    throw new BoxError("invalid-number", `-n: ${quote(text)} is neither a number nor all`, { exitCode: 1 });
  }
  return Number(text) < 0 ? Infinity : Number(text);
}

const EXAMPLES = `
Times: a duration before now (10m), a date (2026-01-31T12:00:00Z), or seconds since 1970.

Examples:
  box logs web
  box logs -f -n 20 web
  box logs --since 10m -t web 2>errors`;

export function command(): Command {
  return new Command("logs")
    .argument("<box>", "name or id")
    .option("-f, --follow", "go on until the box ends for good")
    .option("--since <time>", "what was written from then on")
    .option("-n, --tail <lines>", "the last so many lines (all)", parseTail)
    .option("-t, --timestamps", "show when each line was written")
    .option("--until <time>", "what was written before")
    .addHelpText("after", EXAMPLES)
    .action(async (name: string, flags: LogsFlags) => show(await findBox(currentHome(), name), flags));
}

async function show(box: Box, flags: LogsFlags): Promise<void> {
  const { follow = false, tail = Infinity, timestamps = false } = flags;
  const since = flags.since === undefined ? -Infinity : await parseTime(flags.since, "--since");
  const until = flags.until === undefined ? Infinity : await parseTime(flags.until, "--until");
  const isWithin = ({ time }: LogEntry) => Date.parse(time) >= since && Date.parse(time) < until;
  const log = await openLog(boxFiles(box.folder).log, () =>
    printWarning("the log was rotated faster than it could be shown: some of it is left out here"),
  );
  const skip = skipLines(tail === Infinity ? 0 : (await countWithin(log, isWithin)) - tail);
  const stamp = timestamps ? stampLines() : ({ data }: LogEntry) => data;
  const take = (entry: LogEntry) => {
    if (!isWithin(entry)) return undefined;
    const data = stamp({ ...entry, data: skip(entry) });
    const stream = process[entry.stream];
    return data.length === 0 || stream.write(data) ? undefined : once(stream, "drain");
  };
  const left = Math.min(Math.max(until - Date.now(), 0), LONGEST_TIMER_MS);
  if (follow) await log.follow(take, awaitLastEnd(currentHome(), box, AbortSignal.timeout(left)));
  else await log.scan(take);
  await log.close();
}

async function countWithin(log: OpenLog, isWithin: (entry: LogEntry) => boolean): Promise<number> {
  const lines = countLines();
  await log.scan((entry) => {
    if (isWithin(entry)) lines.add(entry);
    return undefined;
  });
  return lines.total();
}
