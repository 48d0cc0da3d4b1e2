import type { LogEntry } from "../engine/boxes.js";
import { openDecoder, type Encoding, type Text } from "./encoding.js";

export interface LogsOptions<E extends Encoding = "utf8"> {
  /** Goes on until the box has ended for good. */
  follow?: boolean | undefined;
  /** Only what was written from then on. */
  since?: Date | number | undefined;
  /** Only what was written before. */
  until?: Date | number | undefined;
  /** Begins with so many lines before the end of what is there now. */
  tail?: number | undefined;
  /** Text unless it is `buffer`. */
  encoding?: E | undefined;
  /** Ends the iteration with its reason. */
  signal?: AbortSignal | undefined;
}

/** A piece of what the box's own program has written, not always a line. */
export interface LogPiece<E extends Encoding = "utf8"> {
  time: Date;
  stream: "stdout" | "stderr";
  data: Text<E>;
}

export type Logs<E extends Encoding = "utf8"> = AsyncIterable<LogPiece<E>>;

export async function* decodeLogs<E extends Encoding>(
  entries: AsyncIterable<LogEntry>,
  encoding: E,
): AsyncGenerator<LogPiece<E>, undefined> {
  const decoders = { stdout: openDecoder(encoding), stderr: openDecoder(encoding) };
  for await (const { time, stream, data } of entries) {
    const decoded = decoders[stream].decode(data);
    if (decoded.length > 0) yield { time: new Date(time), stream, data: decoded };
  }
}
