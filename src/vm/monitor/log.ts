import type { BoxConfig } from "../../config/box-config.js";
import { visible } from "../../config/syntax/visible.js";

type Level = BoxConfig["logLevel"];

const LEVELS: readonly Level[] = ["debug", "info", "warn", "error"];

/** This process watches over one box, which has one level. */
let threshold: Level = "info";

export function setLogLevel(level: Level): void {
  threshold = level;
}

function write(label: string, message: string): void {
  process.stderr.write(`${new Date().toISOString()} ${label} ${visible(message)}\n`);
}

/** Writes a line of the monitor's own log: its stderr, a file in the box's folder. */
export function log(level: Level, message: string): void {
  if (LEVELS.indexOf(level) >= LEVELS.indexOf(threshold)) write(level, message);
}

/** Writes a line that was asked for by name, whatever the level. */
export function trace(message: string): void {
  write("trace", message);
}
