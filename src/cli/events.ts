import { Command } from "commander";
import { eventRange, fits, parseEventFilters } from "../docker/events/filters.js";
import { checkEventFormat, showEvent } from "../docker/events/format.js";
import { engine } from "./engine.js";
import { collect } from "./flags/parse.js";
import { printLine } from "./output/print.js";

interface EventsFlags {
  filter?: string[];
  format?: string;
  since?: string;
  until?: string;
}

const EXAMPLES = `
Times: a duration before now (10m), a date (2026-01-31T12:00:00Z), or seconds since 1970.
Filters: box (or container), event, image, label, type (container, image, volume), volume.

Examples:
  box events
  box events --since 1h -f event=die --format '{{.Actor.Attributes.name}} {{.Actor.Attributes.exitCode}}'
  box events --since 24h --until 0s --format json`;

export function command(): Command {
  return new Command("events")
    .option("-f, --filter <NAME=VALUE>", "only those that fit", collect)
    .option("--format <format>", "json, or a template such as '{{.Action}} {{.Actor.ID}}'")
    .option("--since <time>", "also what has happened from then on")
    .option("--until <time>", "end then")
    .addHelpText("after", EXAMPLES)
    .action(show);
}

async function show({ filter = [], format, since, until }: EventsFlags): Promise<void> {
  const filters = parseEventFilters(filter);
  checkEventFormat(format);
  const range = await eventRange(since, until);
  for await (const event of engine().system.events(range)) {
    if (fits(event, filters)) printLine(showEvent(event, format));
  }
}
