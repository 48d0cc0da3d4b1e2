import { mergeEnv } from "../config/syntax/env.js";
import { parseSignal } from "../config/syntax/signal.js";
import type { ExecProgram, Session, SessionEnd, TerminalSize } from "../engine/boxes.js";
import { BoxError, naming } from "../errors.js";
import { decodeWhole, openDecoder, type Encoding, type Text } from "./encoding.js";
import { feed, openStdin, type ExecStdin, type Input } from "./stdin.js";
import { BOX, check, EXEC, SIZE } from "./valid.js";
import { openOutput, type ProgramOutput, type Stream } from "./output.js";

export type { ExecStdin };

/** Default for `maxBytes`. */
const DEFAULT_MAX_BYTES = 16 * 2 ** 20;

/** Options of `box.exec`. Anything left out is as for the box's own program. */
export interface ExecOptions<E extends Encoding = "utf8"> {
  /** Environment variables, added to the box's own. */
  env?: Readonly<Record<string, string>> | undefined;
  /** Working directory in the box; it must exist. */
  cwd?: string | undefined;
  /** `user[:group]`, as names or numeric IDs. */
  user?: string | undefined;
  /** Allocates a terminal for the program (default size: 24 rows, 80 columns). */
  tty?: boolean | TerminalSize | undefined;
  /** Gives the program all capabilities and no seccomp filter. */
  privileged?: boolean | undefined;
  /** Runs the program beside that of the box's sidecar, with its files. */
  sidecar?: boolean | undefined;
  /** The program's standard input; `true` to provide it with `stdin.write` (default: empty). */
  stdin?: Input | true | undefined;
  /** Encoding of the output (default: `utf8`). */
  encoding?: E | undefined;
  /** Maximum number of bytes of each stream to keep for the result (default: 16 MiB). Iteration yields all of them. */
  maxBytes?: number | undefined;
  /** Kills the program and rejects with the signal's reason. */
  signal?: AbortSignal | undefined;
  /** Time after which the program is killed; the promise then rejects with BoxError `timed-out`. */
  timeoutMs?: number | undefined;
}

/** The exit code and output of a program. */
export interface ExecResult<E extends Encoding = "utf8"> {
  /** 128+n if the program was killed by signal n. */
  exitCode: number;
  stdout: Text<E>;
  stderr: Text<E>;
  /** Whether a stream exceeded `maxBytes`. */
  truncated: boolean;
}

/** A chunk of output. */
export interface Output<E extends Encoding = "utf8"> {
  stream: Stream;
  data: Text<E>;
}

/**
 * A program running in a box: a promise of its result, and an async iterable of its output. The promise rejects if the
 * program could not be started (BoxError `not-found`, `not-executable`), but not for a nonzero exit code. If nobody
 * awaits or iterates, the program is blocked once 256 KiB of output are waiting.
 */
export interface Exec<E extends Encoding = "utf8"> extends Promise<ExecResult<E>>, AsyncIterable<Output<E>> {
  readonly stdin: ExecStdin;
  readonly exitCode: Promise<number>;
  /** Sends a signal to the program. @param signal name or number (default: SIGTERM) */
  kill: (signal?: string | number) => void;
  /** Resizes the program's terminal. */
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

/** Kills a program when its timeout expires or its signal is aborted, even before it has started. */
function limitRun(opening: Promise<Session>, { signal, timeoutMs }: ExecOptions<Encoding>) {
  let reject: (error: unknown) => void = () => undefined;
  const over = new Promise<never>((_, rejectOver) => (reject = rejectOver));
  over.catch(() => undefined);
  let isOver = false;
  const end = (error: unknown) => {
    if (isOver) return;
    isOver = true;
    reject(error);
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
          end(new BoxError("timed-out", `the program did not exit within ${timeoutMs} ms`));
        }, timeoutMs);
  return {
    end,
    /** Rejects once the program has been ended. */
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
  const limit = limitRun(opening, options);
  const { stdin } = options;
  let isOver = false;
  let stopFeeding: () => void = () => undefined;
  const run = async () => {
    const session = await opening;
    const ended = session.follow({ onOutput: output.add });
    if (stdin !== undefined && stdin !== true && !isOver) stopFeeding = feed(session, stdin, limit.end);
    return ended;
  };
  try {
    // The program's exit is reported after its output, which may wait for a reader forever.
    return await Promise.race([limit.over, run()]);
  } finally {
    isOver = true;
    stopFeeding();
    limit.release();
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
 * @param open opens the session with it
 */
export function startExec<E extends Encoding>(
  open: (program: ExecProgram, sidecar: boolean | undefined) => Promise<Session>,
  command: string,
  args: readonly string[],
  given: ExecOptions<E>,
): Exec<E> {
  // Untyped callers may pass null, and the options must not change once they have been checked.
  const options = { ...given };
  const encoding = options.encoding ?? ("utf8" as E);
  const output = openOutput(options.maxBytes ?? DEFAULT_MAX_BYTES);
  const begin = async () => {
    check(EXEC, { ...options, command, args }, "exec");
    options.signal?.throwIfAborted();
    return open(programOf([command, ...args], options), options.sidecar);
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
  // A caller that only iterates, or ignores the result, must not cause an unhandled rejection.
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
