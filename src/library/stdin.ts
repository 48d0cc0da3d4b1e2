import type { Session } from "../engine/boxes.js";
import { BoxError } from "../errors.js";

/** Standard input for a program. */
export type Input = string | Uint8Array | AsyncIterable<string | Uint8Array>;

/** The stdin of a program started with `stdin: true`. */
export interface ExecStdin {
  /** Writes data; resolves when the program can accept more. @throws BoxError no-stdin, stdin-ended */
  write: (data: string | Uint8Array) => Promise<void>;
  /** Closes the program's stdin. @param data written first */
  end: (data?: string | Uint8Array) => Promise<void>;
}

/** @throws BoxError invalid-option */
function toBytes(data: unknown, name: string): Uint8Array {
  if (typeof data === "string") return Buffer.from(data);
  if (data instanceof Uint8Array) return data;
  throw new BoxError("invalid-option", "is not a string or bytes", { subject: name });
}

function isWhole(input: unknown): input is string | Uint8Array {
  return typeof input === "string" || input instanceof Uint8Array;
}

/** Whether a value can be passed as a program's stdin. */
export function isInput(input: unknown): boolean {
  return isWhole(input) || (typeof input === "object" && input !== null && Symbol.asyncIterator in input);
}

/**
 * Opens the caller's side of a program's stdin. Data written after the program has exited is dropped.
 * @param ended settles when the program has ended
 */
export function openStdin(opening: Promise<Session>, ended: Promise<unknown>, open: boolean): ExecStdin {
  let over = false;
  const settled = ended.then(
    () => void (over = true),
    () => void (over = true),
  );
  let closed = false;
  let last: Promise<unknown> = Promise.resolve();
  /** Runs the writes one after the other, in the order of the calls. */
  const enqueue = (act: (session: Session) => Promise<void> | undefined): Promise<void> => {
    const acting = last.then(async () => {
      const session = await opening.catch(() => undefined);
      if (session && !over) await Promise.race([act(session), settled]);
    });
    last = acting;
    return acting;
  };
  /** @throws BoxError no-stdin, stdin-ended, invalid-option */
  const checkData = (data: unknown): Uint8Array => {
    if (!open)
      throw new BoxError("no-stdin", "the program has no stdin", { hint: "start it with `stdin: true`" });
    const bytes = toBytes(data, "data");
    if (closed && bytes.length > 0)
      throw new BoxError("stdin-ended", "the program's stdin has already been ended");
    return bytes;
  };
  return {
    write: async (data) => {
      const bytes = checkData(data);
      if (bytes.length > 0) await enqueue((session) => session.write(bytes));
    },
    end: async (data = "") => {
      const bytes = checkData(data);
      if (closed) return;
      closed = true;
      await enqueue(async (session) => {
        if (bytes.length > 0) await session.write(bytes);
        session.closeStdin();
      });
    },
  };
}

/**
 * Writes an input to a program's stdin.
 * @param onFailure called if the input cannot be read
 * @returns a function that stops this
 */
export function feed(session: Session, input: Input, onFailure: (error: unknown) => void): () => void {
  let over = false;
  let end = (): void => undefined;
  const ended = new Promise<void>((resolve) => (end = resolve));
  type Pieces = Iterator<string | Uint8Array> | AsyncIterator<string | Uint8Array>;
  let pieces: Pieces | undefined;
  const write = async () => {
    const from: Pieces = isWhole(input) ? [input][Symbol.iterator]() : input[Symbol.asyncIterator]();
    pieces = from;
    for (let piece = await from.next(); !over && piece.done !== true; piece = await from.next()) {
      const bytes = toBytes(piece.value, "stdin");
      if (bytes.length > 0) await Promise.race([session.write(bytes), ended]);
    }
    if (!over) session.closeStdin();
  };
  write().catch((error: unknown) => {
    if (!over) onFailure(error);
  });
  return () => {
    if (over) return;
    over = true;
    end();
    // The iterator may hold an open file or stream.
    void (async () => pieces?.return?.())().catch(() => undefined);
  };
}
