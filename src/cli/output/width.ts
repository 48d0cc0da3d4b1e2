import type { WriteStream } from "node:tty";

/** Columns of the terminal behind a stream; undefined when it is no terminal, or one that does not know (it says 0). */
export function widthOf({
  columns,
}: Pick<WriteStream, "columns"> | { columns?: undefined }): number | undefined {
  return columns || undefined;
}
