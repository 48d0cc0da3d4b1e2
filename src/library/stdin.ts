import type { Session } from "../engine/boxes.js";
import { BoxError } from "../errors.js";

/** What a program can be given to read. */
export type Input = string | Uint8Array | AsyncIterable<string | Uint8Array>;

/** The stdin of a program that was started with `stdin: true`. */
export interface ExecStdin {
  /** Resolves when the program has room for more. */
  write: (data: string | Uint8Array) => Promise<void>;
  /** @param data written before */
  end: (data?: string | Uint8Array) => Promise<void>;
}

const toBytes = (data: string | Uint8Array) => (typeof data === "string" ? Buffer.from(data) : data);

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
  let last: Promise<unknown> = Promise.resolve();
  /** One after the other, in the order in which they were asked for. */
  const enqueue = (act: (session: Session) => Promise<void> | undefined): Promise<void> => {
    if (!open)
      return Promise.reject(
        new BoxError("no-stdin", "the program has no stdin", { hint: "start it with `stdin: true`" }),
      );
    const acting = last.then(async () => {
      const session = await opening.catch(() => undefined);
      if (session && !over) await Promise.race([act(session), settled]);
    });
    last = acting;
    return acting;
  };
  return {
    write: (data) => enqueue((session) => (data.length === 0 ? undefined : session.write(toBytes(data)))),
    end: (data = "") =>
      enqueue(async (session) => {
        if (data.length > 0) await session.write(toBytes(data));
        session.closeStdin();
      }),
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
  const whole = typeof input === "string" || input instanceof Uint8Array;
  const pieces = whole ? [input][Symbol.iterator]() : input[Symbol.asyncIterator]();
  const pass = async () => {
    for (let piece = await pieces.next(); !over && piece.done !== true; piece = await pieces.next()) {
      if (piece.value.length > 0) await Promise.race([session.write(toBytes(piece.value)), ended]);
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
    void (async () => pieces.return?.())().catch(() => undefined);
  };
}
