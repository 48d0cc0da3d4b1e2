import type { Session, SessionEnd } from "../engine/boxes.js";
import { SIGPIPE } from "../host/signals.js";
import { inFlags } from "./flags/option-names.js";
import { printNotice, printWarning } from "./output/print.js";
import { watchForKeys } from "./terminal/key-sequence.js";
import { forceRedraw, forwardTerminal } from "./terminal/forward.js";
import type { Signals } from "./terminal/signals.js";
import { feedStdin } from "./terminal/stdin.js";

function toExitCode({ exitCode, reason }: SessionEnd): number {
  if (reason !== undefined) printWarning(inFlags(reason));
  return exitCode;
}

/**
 * Returns a function that writes output; a slow reader applies back pressure to the box.
 * @param onGone called when the reader has closed its end
 */
function passOutput(
  onGone: () => void,
): (stream: "stdout" | "stderr", data: Buffer) => Promise<void> | undefined {
  let gone = false;
  const waiting: (() => void)[] = [];
  const release = () => {
    for (const resolve of waiting.splice(0)) resolve();
  };
  process.stdout.removeAllListeners("error");
  for (const stream of [process.stdout, process.stderr]) {
    stream.on("error", () => {
      if (!gone) onGone();
      gone = true;
      release();
    });
    stream.on("drain", release);
  }
  return (name, data) =>
    gone || process[name].write(data) ? undefined : new Promise((resolve) => waiting.push(resolve));
}

const ALL_OUTPUT: ReadonlySet<"stdout" | "stderr"> = new Set(["stdout", "stderr"] as const);

/** How a command is attached to a program in a box. */
export interface Attachment {
  /** Whether stdin is forwarded. */
  stdin: boolean;
  /** Whether the program has a terminal. */
  tty: boolean;
  /** The output to print (default: all of it). Without any, the command leaves when stdin has ended. */
  shown?: ReadonlySet<"stdout" | "stderr"> | undefined;
  /** Bytes of the detach keys, if keys are forwarded to a terminal. */
  detachKeys?: Uint8Array | undefined;
  /** Signals to forward; to a program with a terminal only until it runs, since keys are forwarded from then on. */
  signals?: Signals | undefined;
}

/**
 * Connects this command's streams to the workload, or to another program of a box, until the program exits or the user
 * detaches.
 * @returns the exit code of the program; 0 if the user has detached
 * @throws BoxError if the program could not start
 */
export async function attach(
  session: Session,
  { stdin, tty, detachKeys, signals, shown = ALL_OUTPUT }: Attachment,
): Promise<number> {
  let leave: () => void = () => undefined;
  const left = new Promise<undefined>((resolve) => (leave = () => resolve(undefined)));
  if (tty && session.of === "workload") forceRedraw(session);
  signals?.passTo(session);
  const forwarding = tty ? forwardTerminal(session, stdin) : undefined;
  const keys = detachKeys && { watch: watchForKeys(detachKeys), onComplete: leave };
  const isSilent = shown.size === 0;
  if (stdin) feedStdin(session, keys, isSilent ? leave : undefined);
  // As outside a box, a program whose reader has gone gets SIGPIPE; if a terminal has gone, it keeps running.
  const onGone = tty ? leave : () => session.signal(SIGPIPE);
  const pass = passOutput(onGone);
  const ended = session.follow({
    onStarted: () => {
      if (isSilent && !stdin) leave();
      if (!forwarding) return;
      signals?.release();
      forwarding.onStarted();
    },
    onOutput: (stream, data) => (shown.has(stream) ? pass(stream, data) : undefined),
  });
  let end: SessionEnd | undefined;
  try {
    end = await Promise.race([left, ended]);
  } finally {
    forwarding?.end();
  }
  if (end) return toExitCode(end);
  // The program's fate no longer concerns this command.
  ended.catch(() => undefined);
  await session.detach();
  if (!isSilent) printNotice("read escape sequence");
  return 0;
}

/**
 * Waits until the workload, or another program of a box, has started.
 * @throws BoxError if it could not start
 */
export async function awaitStart(program: Pick<Session, "awaitStart">): Promise<void> {
  const end = await program.awaitStart();
  if (end) toExitCode(end);
}
