import type { BoxConfig } from "../../config/box-config.js";
import { visibleMessage } from "../../config/syntax/visible.js";
import { truncateMonitorLog } from "../box/monitor-log.js";

type Level = BoxConfig["logLevel"];

const LEVELS: readonly Level[] = ["debug", "info", "warn", "error"];

/** The level of the one box that this process supervises. */
let threshold: Level = "info";

export function setLogLevel(level: Level): void {
  threshold = level;
}

/** Maximum length of a line in characters: part of it may come from a guest. */
const LONGEST = 16_384;
/** Number of characters written between checks of the log's size. */
const CHECK_INTERVAL = 65_536;

const STDERR = 2;
/** Starts at the limit, because the log already contains the output of earlier runs. */
let unchecked = CHECK_INTERVAL;

function write(label: string, message: string): void {
  const line = `${new Date().toISOString()} ${label} ${visibleMessage(message.slice(0, LONGEST))}\n`;
  process.stderr.write(line);
  unchecked += line.length;
  if (unchecked < CHECK_INTERVAL) return;
  unchecked = 0;
  truncateMonitorLog(STDERR);
}

/** Writes a line to the monitor's log: its stderr, which is a file in the box's directory. */
export function log(level: Level, message: string): void {
  if (LEVELS.indexOf(level) >= LEVELS.indexOf(threshold)) write(level, message);
}

/** Writes a line regardless of the level, for output that was requested explicitly. */
export function trace(message: string): void {
  write("trace", message);
}

/**
 * Waits for a removal and logs its failure, which must not prevent recording and announcing that the box has exited.
 * @returns whether the removal succeeded
 */
export async function orLog(removal: Promise<unknown>): Promise<boolean> {
  try {
    await removal;
    return true;
  } catch (error) {
    log("error", `cannot remove all resources of the box: ${String(error)}`);
    return false;
  }
}
