import type { Session } from "../engine/boxes.js";
import { BoxError } from "../errors.js";

/** What a program can be given to read. */
export type Input = string | Uint8Array | AsyncIterable<string | Uint8Array>;

/** The stdin of a program that was started with `stdin: true`. */
export interface ExecStdin {
  /** Resolves when the program has room for more. @throws BoxError no-stdin, stdin-ended */
  write: (data: string | Uint8Array) => Promise<void>;
  /** @param data written before */
  end: (data?: string | Uint8Array) => Promise<void>;
}

/** @throws BoxError invalid-option */
function toBytes(data: unknown, name: string): Uint8Array {
  if (typeof data === "string") return Buffer.from(data);
  if (data instanceof Uint8Array) return data;
  throw new BoxError("invalid-option", "is neither text nor bytes", { subject: name });
}

function isWhole(input: unknown): input is string | Uint8Array {
  return typeof input === "string" || input instanceof Uint8Array;
}

/** Whether a program can be given this to read. */
export function isInput(input: unknown): boolean {
  return isWhole(input) || (typeof input === "object" && input !== null && Symbol.asyncIterator in input);
}

/**
 * The end of a program's stdin that its caller has. What comes after the program's end goes nowhere.
 * @param ended resolves or is rejected when the program has ended
 */
export function openStdin(opening: Promise<Session>, ended: Promise<unknown>, open: boolean): ExecStdin {
  let over = false;
  const settled = ended.then(
    () => void (over = true),
    () => void (over = true),
  );
  let closed = false;
  let last: Promise<unknown> = Promise.resolve();
  /** One after the other, in the order in which they were asked for. */
  const enqueue = (act: (session: Session) => Promise<void> | undefined): Promise<void> => {
    const acting = last.then(async () => {
      const session = await opening.catch(() => undefined);
      if (session && !over) await Promise.race([act(session), settled]);
    });
    last = acting;
    return acting;
  };
  /** @throws BoxError no-stdin, stdin-ended, invalid-option */
  const admit = (data: unknown): Uint8Array => {
    if (!open)
      throw new BoxError("no-stdin", "the program has no stdin", { hint: "start it with `stdin: true`" });
    const bytes = toBytes(data, "data");
    if (closed && bytes.length > 0) throw new BoxError("stdin-ended", "the program's stdin has been ended");
    return bytes;
  };
  return {
    write: async (data) => {
      const bytes = admit(data);
      if (bytes.length > 0) await enqueue((session) => session.write(bytes));
    },
    end: async (data = "") => {
      const bytes = admit(data);
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
 * Feeds a program.
 * @param onFailure the input could not be read
 * @returns ends it
 */
export function feed(session: Session, input: Input, onFailure: (error: unknown) => void): () => void {
  let over = false;
  let end = (): void => undefined;
  const ended = new Promise<void>((resolve) => (end = resolve));
  type Pieces = Iterator<string | Uint8Array> | AsyncIterator<string | Uint8Array>;
  let pieces: Pieces | undefined;
  const pass = async () => {
    const from: Pieces = isWhole(input) ? [input][Symbol.iterator]() : input[Symbol.asyncIterator]();
    pieces = from;
    for (let piece = await from.next(); !over && piece.done !== true; piece = await from.next()) {
      const bytes = toBytes(piece.value, "stdin");
      if (bytes.length > 0) await Promise.race([session.write(bytes), ended]);
    }
    if (!over) session.closeStdin();
  };
  pass().catch((error: unknown) => {
    if (!over) onFailure(error);
  });
  return () => {
    if (over) return;
    over = true;
    end();
    // It may hold a file, or a stream of this process's.
    void (async () => pieces?.return?.())().catch(() => undefined);
  };
}
