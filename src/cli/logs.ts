import { once } from "node:events";
import { Command } from "commander";
import { parseTail, stampLines } from "../docker/boxes/log-lines.js";
import { parseTime } from "../docker/filters.js";
import type { LogEntry } from "../engine/boxes.js";
import { engine } from "./engine.js";
import { explain, type Notes } from "./help/notes.js";

interface LogsFlags {
  details?: boolean;
  follow?: boolean;
  sidecar?: boolean;
  since?: string;
  tail?: number;
  timestamps?: boolean;
  until?: string;
}

const NOTES: Notes = {
  text: [
    "A time is a duration before now (10m), a date (2026-01-31T12:00:00Z), or a number of seconds since 1970.",
  ],
  examples: [
    ["box logs web"],
    ["box logs -f -n 20 web"],
    ["box logs --since 10m -t web 2>errors", "the last ten minutes, with times"],
  ],
};

export function command(): Command {
  return explain(new Command("logs"), NOTES)
    .argument("<box>", "name or ID of a box")
    .option("--details", "show extra details provided to logs (box has none)")
    .option("-f, --follow", "follow log output")
    .option("--sidecar", "show the output of the sidecar instead")
    .option("--since <time>", "show logs since a time")
    .option(
      "-n, --tail <lines>",
      "number of lines to show from the end of the logs (default: all)",
      parseTail,
    )
    .option("-t, --timestamps", "show timestamps")
    .option("--until <time>", "show logs before a time")
    .action(show);
}

async function show(
  name: string,
  { since, until, timestamps = false, details = false, ...flags }: LogsFlags,
): Promise<void> {
  const entries = engine().boxes.logs(name, {
    ...flags,
    since: since === undefined ? undefined : await parseTime(since, "since"),
    until: until === undefined ? undefined : await parseTime(until, "until"),
  });
  const stamp =
    timestamps || details ? stampLines({ time: timestamps, details }) : ({ data }: LogEntry) => data;
  for await (const entry of entries) {
    const stream = process[entry.stream];
    if (!stream.write(stamp(entry))) await once(stream, "drain");
  }
}
