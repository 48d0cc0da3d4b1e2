import type { BoxConfig } from "../../config/box-config.js";
import { visible } from "../../config/syntax/visible.js";
import { truncateMonitorLog } from "../box/monitor-log.js";

type Level = BoxConfig["logLevel"];

const LEVELS: readonly Level[] = ["debug", "info", "warn", "error"];

/** This process watches over one box, which has one level. */
let threshold: Level = "info";

export function setLogLevel(level: Level): void {
  threshold = level;
}

/** Characters of a line: a guest may have a say in it. */
const LONGEST = 16_384;
/** So much is written before the log's size is looked at again. */
const LOOK_AFTER = 65_536;

const STDERR = 2;
/** As if much were: the log has what earlier lives have written. */
let unseen = LOOK_AFTER;

function write(label: string, message: string): void {
  const line = `${new Date().toISOString()} ${label} ${visible(message.slice(0, LONGEST))}\n`;
  process.stderr.write(line);
  unseen += line.length;
  if (unseen < LOOK_AFTER) return;
  unseen = 0;
  truncateMonitorLog(STDERR);
}

/** Writes a line of the monitor's own log: its stderr, a file in the box's folder. */
export function log(level: Level, message: string): void {
  if (LEVELS.indexOf(level) >= LEVELS.indexOf(threshold)) write(level, message);
}

/** Writes a line that was asked for by name, whatever the level. */
export function trace(message: string): void {
  write("trace", message);
}

/**
 * Removes what a box has used: what cannot be removed must not keep the box's end from being recorded and announced.
 * @returns whether all of it is gone
 */
export async function orLog(removal: Promise<unknown>): Promise<boolean> {
  try {
    await removal;
    return true;
  } catch (error) {
    log("error", `cannot remove all that the box has used: ${String(error)}`);
    return false;
  }
}
