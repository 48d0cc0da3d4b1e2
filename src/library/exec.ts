import { mergeEnv } from "../config/syntax/env.js";
import { parseSignal } from "../config/syntax/signal.js";
import type { ExecProgram, Session, SessionEnd, TerminalSize } from "../engine/boxes.js";
import { BoxError, naming } from "../errors.js";
import { decodeWhole, openDecoder, type Encoding, type Text } from "./encoding.js";
import { feed, openStdin, type ExecStdin, type Input } from "./stdin.js";
import { BOX, check, EXEC, SIZE } from "./valid.js";
import { openOutput, type ProgramOutput, type Stream } from "./output.js";

export type { ExecStdin };

/** Of each stream, unless said. */
const MOST_BYTES = 16 * 2 ** 20;

/** How a program is to run in a box. What is left out is as for the box's own program. */
export interface ExecOptions<E extends Encoding = "utf8"> {
  /** Over the box's own variables, not instead of them. */
  env?: Readonly<Record<string, string>> | undefined;
  /** Working folder in the box. */
  cwd?: string | undefined;
  /** `user[:group]`, names or numbers. */
  user?: string | undefined;
  /** The program gets a terminal, of 24 rows and 80 columns unless said. */
  tty?: boolean | TerminalSize | undefined;
  /** All capabilities, and no filter of system calls. */
  privileged?: boolean | undefined;
  /** What the program reads from stdin; `true`: what `stdin.write` is called with. Empty unless given. */
  stdin?: Input | true | undefined;
  /** Of the output: text unless it is `buffer`. */
  encoding?: E | undefined;
  /** Bytes of each stream that the result has; 16 MiB unless given. Iteration has them all. */
  maxBytes?: number | undefined;
  /** Kills the program; the handle is rejected with the signal's reason. */
  signal?: AbortSignal | undefined;
  /** After this time the program is killed, and the handle is rejected: BoxError `timed-out`. */
  timeoutMs?: number | undefined;
}

/** How a program has ended, and what it wrote. */
export interface ExecResult<E extends Encoding = "utf8"> {
  /** 128+n when signal n ended it. */
  exitCode: number;
  stdout: Text<E>;
  stderr: Text<E>;
  /** There was more output than `maxBytes`. */
  truncated: boolean;
}

/** A piece of output. */
export interface Output<E extends Encoding = "utf8"> {
  stream: Stream;
  data: Text<E>;
}

/**
 * A program in a box: a promise of its result, and an iterable of its output. It is rejected when the program could not
 * run (BoxError `not-found`, `not-executable`), not for an exit code. A program whose output nobody waits for is held back
 * when a quarter of a megabyte waits.
 */
export interface Exec<E extends Encoding = "utf8"> extends Promise<ExecResult<E>>, AsyncIterable<Output<E>> {
  readonly stdin: ExecStdin;
  readonly exitCode: Promise<number>;
  /** @param signal name or number; SIGTERM unless given */
  kill: (signal?: string | number) => void;
  /** The size of the program's terminal. */
  resize: (size: TerminalSize) => void;
}

function programOf(argv: string[], options: ExecOptions<Encoding>): ExecProgram {
  const { env = {}, cwd, user, tty = false, privileged = false, stdin } = options;
  return {
    argv,
    env: mergeEnv(Object.entries(env)),
    stdin: stdin !== undefined,
    privileged,
    ...(cwd === undefined ? {} : { cwd }),
    ...(user === undefined ? {} : { user }),
    ...(tty === false ? {} : { terminal: tty === true ? { rows: 24, columns: 80 } : tty }),
  };
}

/** Ends a program when its time is over or its signal says so, also before it has begun. */
function watchEnd(opening: Promise<Session>, { signal, timeoutMs }: ExecOptions<Encoding>) {
  let refuse: (error: unknown) => void = () => undefined;
  const over = new Promise<never>((_, reject) => (refuse = reject));
  over.catch(() => undefined);
  let isOver = false;
  const end = (error: unknown) => {
    if (isOver) return;
    isOver = true;
    refuse(error);
    void opening.then(
      (session) => session.kill(),
      () => undefined,
    );
  };
  const onAbort = () => end(signal?.reason);
  signal?.addEventListener("abort", onAbort);
  if (signal?.aborted) onAbort();
  const timer =
    timeoutMs === undefined
      ? undefined
      : setTimeout(() => {
          end(new BoxError("timed-out", `the program has not ended within ${timeoutMs} ms`));
        }, timeoutMs);
  return {
    end,
    /** Rejected when it is ended. */
    over,
    release: () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", onAbort);
    },
  };
}

async function follow(
  opening: Promise<Session>,
  output: ProgramOutput,
  options: ExecOptions<Encoding>,
): Promise<SessionEnd> {
  const ending = watchEnd(opening, options);
  const { stdin } = options;
  let isOver = false;
  let stopFeeding: () => void = () => undefined;
  const run = async () => {
    const session = await opening;
    const ended = session.follow({ onOutput: output.take });
    if (stdin !== undefined && stdin !== true && !isOver) stopFeeding = feed(session, stdin, ending.end);
    return ended;
  };
  try {
    // The program's end comes after its output, which may wait for somebody for ever.
    return await Promise.race([ending.over, run()]);
  } finally {
    isOver = true;
    stopFeeding();
    ending.release();
  }
}

async function* decodePieces<E extends Encoding>(
  output: ProgramOutput,
  pieces: AsyncIterator<{ stream: Stream; data: Buffer }, undefined>,
  encoding: E,
): AsyncGenerator<Output<E>, undefined> {
  const decoders = { stdout: openDecoder(encoding), stderr: openDecoder(encoding) };
  try {
    for (let piece = await pieces.next(); piece.done !== true; piece = await pieces.next()) {
      const { stream, data } = piece.value;
      const decoded = decoders[stream].decode(data);
      if (decoded.length > 0) yield { stream, data: decoded };
    }
    for (const stream of ["stdout", "stderr"] as const) {
      const rest = decoders[stream].rest();
      if (rest.length > 0) yield { stream, data: rest };
    }
  } finally {
    await pieces.return?.();
    output.drain();
  }
}

/**
 * Runs a program.
 * @param open begins the conversation with it
 */
export function startExec<E extends Encoding>(
  open: (program: ExecProgram) => Promise<Session>,
  command: string,
  args: readonly string[],
  given: ExecOptions<E>,
): Exec<E> {
  // Whoever has no types may give null, and the checked options are not to change.
  const options = { ...given };
  const encoding = options.encoding ?? ("utf8" as E);
  const output = openOutput(options.maxBytes ?? MOST_BYTES);
  const begin = async () => {
    check(EXEC, { ...options, command, args }, "exec");
    options.signal?.throwIfAborted();
    return open(programOf([command, ...args], options));
  };
  const opening = begin();
  const ended = follow(opening, output, options);
  const done = ended.then(({ exitCode }): ExecResult<E> => {
    const [stdout, stderr] = [output.beginningOf("stdout"), output.beginningOf("stderr")];
    return {
      exitCode,
      stdout: decodeWhole(stdout.bytes(), encoding),
      stderr: decodeWhole(stderr.bytes(), encoding),
      truncated: stdout.isTruncated() || stderr.isTruncated(),
    };
  });
  // Whoever only iterates, or does not ask at all, is not to end with an unhandled rejection.
  done.then(
    () => output.end(),
    (error: unknown) => output.end({ error }),
  );
  const awaited = () => {
    output.drain();
    return done;
  };
  const withSession = (use: (session: Session) => void) => void opening.then(use, () => undefined);
  return {
    then: (onDone, onFailed) => awaited().then(onDone, onFailed),
    catch: (onFailed) => awaited().catch(onFailed),
    finally: (onSettled) => awaited().finally(onSettled),
    [Symbol.toStringTag]: "Exec",
    [Symbol.asyncIterator]: () => {
      const pieces = output.iterate();
      return decodePieces(output, pieces, encoding);
    },
    stdin: openStdin(opening, done, options.stdin === true),
    get exitCode() {
      const code = awaited().then(({ exitCode }) => exitCode);
      code.catch(() => undefined);
      return code;
    },
    kill: (signal = "SIGTERM") => {
      check(BOX.kill, { signal }, "kill");
      const number = naming("signal", () => parseSignal(String(signal)));
      withSession((session) => session.signal(number));
    },
    resize: (size) => {
      check(SIZE, size, "size");
      withSession((session) => session.resize(size));
    },
  };
}
