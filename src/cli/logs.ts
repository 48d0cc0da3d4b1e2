import { once } from "node:events";
import { Command } from "commander";
import { parseTail, stampLines } from "../docker/boxes/log-lines.js";
import { parseTime } from "../docker/filters.js";
import type { LogEntry } from "../engine/boxes.js";
import { engine } from "./engine.js";

interface LogsFlags {
  follow?: boolean;
  since?: string;
  tail?: number;
  timestamps?: boolean;
  until?: string;
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
    .action(show);
}

async function show(name: string, { since, until, timestamps = false, ...flags }: LogsFlags): Promise<void> {
  const entries = engine().boxes.logs(name, {
    ...flags,
    since: since === undefined ? undefined : await parseTime(since, "since"),
    until: until === undefined ? undefined : await parseTime(until, "until"),
  });
  const stamp = timestamps ? stampLines() : ({ data }: LogEntry) => data;
  for await (const entry of entries) {
    const stream = process[entry.stream];
    if (!stream.write(stamp(entry))) await once(stream, "drain");
  }
}
