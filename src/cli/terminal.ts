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
 * Passes output on; a reader that is slow holds the box back.
 * @param onGone there is no reader any more
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

/** How a command and a program in a box are joined. */
export interface Attachment {
  /** Standard input is carried. */
  stdin: boolean;
  /** The program's streams are a terminal. */
  tty: boolean;
  /** What they send when they are pressed, where keys are carried to a terminal. */
  detachKeys?: Uint8Array | undefined;
  /** Those that are handed on; of a program on a terminal only until it runs, as keys say the rest. */
  signals?: Signals | undefined;
}

/**
 * Stands between the workload, or another program of a box, and this command's streams until the program ends, or the
 * user leaves.
 * @returns the exit code of the program; 0 when the user has left
 * @throws BoxError when the program could not start
 */
export async function attach(
  session: Session,
  { stdin, tty, detachKeys, signals }: Attachment,
): Promise<number> {
  let leave: () => void = () => undefined;
  const left = new Promise<undefined>((resolve) => (leave = () => resolve(undefined)));
  if (tty && session.of === "workload") forceRedraw(session);
  signals?.passTo(session);
  const forwarding = tty ? forwardTerminal(session, stdin) : undefined;
  const keys = detachKeys && { watch: watchForKeys(detachKeys), onComplete: leave };
  if (stdin) feedStdin(session, keys);
  // As without a box, a program whose reader has gone gets SIGPIPE; a terminal that has gone leaves it alone.
  const onGone = tty ? leave : () => session.signal(SIGPIPE);
  const ended = session.follow({
    onStarted: () => {
      if (!forwarding) return;
      signals?.release();
      forwarding.onStarted();
    },
    onOutput: passOutput(onGone),
  });
  let end: SessionEnd | undefined;
  try {
    end = await Promise.race([left, ended]);
  } finally {
    forwarding?.end();
  }
  if (end) return toExitCode(end);
  // What becomes of it is not this command's any more.
  ended.catch(() => undefined);
  await session.detach();
  printNotice("read escape sequence");
  return 0;
}

/**
 * Waits until the workload, or another program of a box, runs.
 * @throws BoxError when it could not start
 */
export async function awaitStart(program: Pick<Session, "awaitStart">): Promise<void> {
  const end = await program.awaitStart();
  if (end) toExitCode(end);
}
