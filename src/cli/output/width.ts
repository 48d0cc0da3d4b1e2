import type { WriteStream } from "node:tty";

/** Columns of the terminal of a stream; undefined if it is not a terminal, or one that reports no width (0). */
export function widthOf({
  columns,
}: Pick<WriteStream, "columns"> | { columns?: undefined }): number | undefined {
  return columns || undefined;
}

const [MIN, MAX, DEFAULT] = [40, 120, 80];

/** Columns for help: from `COLUMNS`, the terminal, or 80; at most 120, since longer lines are hard to read. */
export function helpWidth(stream: { columns?: number | undefined }, columns: string | undefined): number {
  const asked = /^[1-9]\d{0,4}$/.test(columns ?? "") ? Number(columns) : undefined;
  return Math.min(Math.max(asked ?? (stream.columns || DEFAULT), MIN), MAX);
}
