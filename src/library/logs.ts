import type { LogEntry } from "../engine/boxes.js";
import { openDecoder, type Encoding, type Text } from "./encoding.js";

export interface LogsOptions<E extends Encoding = "utf8"> {
  /** The output of the box's sidecar, instead of its own. */
  sidecar?: boolean | undefined;
  /** Continues until the box has exited for good. */
  follow?: boolean | undefined;
  /** Only output written at or after this time. */
  since?: Date | number | undefined;
  /** Only output written before this time. */
  until?: Date | number | undefined;
  /** Number of lines to start with, counted from the end of the current log (default: all). */
  tail?: number | undefined;
  /** Encoding of the output (default: `utf8`). */
  encoding?: E | undefined;
  /** Ends the iteration, which throws the signal's reason. */
  signal?: AbortSignal | undefined;
}

/** A chunk of the output of the box's own program, or of its sidecar; not necessarily a whole line. */
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
