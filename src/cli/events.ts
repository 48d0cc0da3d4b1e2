import { Command } from "commander";
import { eventRange, matchesEvent, parseEventFilters } from "../docker/events/filters.js";
import { eventFormat } from "../docker/events/format.js";
import { engine } from "./engine.js";
import { collect } from "./flags/parse.js";
import { explain, type Notes } from "./help/notes.js";
import { printLine } from "./output/print.js";

interface EventsFlags {
  filter?: string[];
  format?: string;
  since?: string;
  until?: string;
}

const NOTES: Notes = {
  text: [
    "A time is a duration before now (10m), a date (2026-01-31T12:00:00Z), or a number of seconds since 1970.",
    "Filters: box (or container), event, image, label, type (container, image or volume), volume.",
  ],
  examples: [
    ["box events"],
    ["box events --since 24h --until 0s --format json"],
    [
      "box events --since 1h -f event=die --format '{{.Actor.Attributes.name}} {{.Actor.Attributes.exitCode}}'",
    ],
  ],
};

export function command(): Command {
  return explain(new Command("events"), NOTES)
    .option("-f, --filter <name=value>", "filter output by a condition", collect)
    .option(
      "--format <format>",
      "format output as json or by a Go template, such as '{{.Action}} {{.Actor.ID}}'",
    )
    .option("--since <time>", "show all events created since a time")
    .option("--until <time>", "stream events until a time")
    .action(stream);
}

async function stream({ filter = [], format, since, until }: EventsFlags): Promise<void> {
  const filters = parseEventFilters(filter);
  const show = await eventFormat(format);
  const range = await eventRange(since, until);
  for await (const event of engine().system.events(range)) {
    if (matchesEvent(event, filters)) printLine(show(event));
  }
}
