import type { WriteStream } from "node:tty";
import { isDockerMode } from "../words/docker-mode.js";

/** Columns of the terminal of a stream; undefined if it is not a terminal, or one that reports no width (0). */
export function widthOf({
  columns,
}: Pick<WriteStream, "columns"> | { columns?: undefined }): number | undefined {
  return columns || undefined;
}

const [MIN, MAX, DEFAULT] = [40, 120, 80];

/**
 * Columns that a table on stdout has to fit into. In Docker mode it is as wide as its cells, as with Docker: a script
 * may run on a terminal, and each row has to be one line.
 */
export function tableWidth(): number | undefined {
  return isDockerMode(process.env) ? undefined : widthOf(process.stdout);
}

/** Columns for help: from `COLUMNS`, the terminal, or 80; at most 120, since longer lines are hard to read. */
export function helpWidth(stream: { columns?: number | undefined }, columns: string | undefined): number {
  const asked = /^[1-9]\d{0,4}$/.test(columns ?? "") ? Number(columns) : undefined;
  return Math.min(Math.max(asked ?? (stream.columns || DEFAULT), MIN), MAX);
}
