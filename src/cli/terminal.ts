import { constants } from "node:os";
import type { Socket } from "node:net";
import { BoxError } from "../errors.js";
import { follow, send, type Ending } from "../vm/protocol/control/client.js";
import type { Request } from "../vm/protocol/control/wire.js";
import { printNotice, printWarning } from "./output/print.js";
import { watchForKeys } from "./terminal/key-sequence.js";
import { introduce, lendTerminal } from "./terminal/lend.js";
import type { Signals } from "./terminal/signals.js";
import { feedStdin } from "./terminal/stdin.js";

function toExitCode(ending: Ending): number {
  if (ending.event === "exited") {
    if (ending.reason !== undefined) printWarning(ending.reason);
    return ending.exitCode;
  }
  throw new BoxError(ending.code, ending.message, {
    exitCode: ending.exitCode,
    ...(ending.hint === undefined ? {} : { hint: ending.hint }),
  });
}

/**
 * Passes output on; a reader that is slow holds the box back.
 * @param onGone there is no reader any more
 */
function passOutput(socket: Socket, onGone: () => void): (stream: "stdout" | "stderr", data: Buffer) => void {
  let gone = false;
  process.stdout.removeAllListeners("error");
  for (const stream of [process.stdout, process.stderr]) {
    stream.on("error", () => {
      if (!gone) onGone();
      gone = true;
      socket.resume();
    });
    stream.on("drain", () => socket.resume());
  }
  return (name, data) => {
    if (!gone && !process[name].write(data)) socket.pause();
  };
}

const sigpipe: Request = { op: "signal", signal: constants.signals.SIGPIPE };

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
 * @param request begins the conversation
 * @returns the exit code of the program; 0 when the user has left
 * @throws BoxError when the box could not start
 */
export async function attach(
  socket: Socket,
  { stdin, tty, detachKeys, signals }: Attachment,
  request: Request = { op: "attach", stdin },
): Promise<number> {
  let leave: () => void = () => undefined;
  const left = new Promise<undefined>((resolve) => (leave = () => resolve(undefined)));
  send(socket, request);
  if (tty && request.op === "attach") introduce(socket);
  signals?.passTo(socket);
  const loan = tty ? lendTerminal(socket, stdin) : undefined;
  const keys = detachKeys && { watch: watchForKeys(detachKeys), onComplete: leave };
  const onWindow = stdin ? feedStdin(socket, keys) : undefined;
  const awaited = request.op === "attach" ? "workload" : "program";
  const ended = follow(socket, {
    onStarted: (what) => {
      if (what !== awaited || !loan) return;
      signals?.release();
      loan.onStarted();
    },
    // As without a box, a program whose reader has gone gets SIGPIPE; a terminal that has gone leaves it alone.
    onOutput: passOutput(socket, tty ? leave : () => send(socket, sigpipe)),
    ...(onWindow ? { onWindow } : {}),
  });
  let ending: Ending | undefined;
  try {
    ending = await Promise.race([left, ended]);
  } finally {
    loan?.end();
  }
  if (ending) return toExitCode(ending);
  send(socket, { op: "detach" });
  socket.destroySoon();
  await ended.catch(() => undefined);
  printNotice("read escape sequence");
  return 0;
}

/**
 * Waits until the workload, or another program of a box, runs.
 * @param request begins the conversation, where it has to be begun
 * @throws BoxError when it could not start
 */
export async function awaitStart(socket: Socket, request?: Request): Promise<void> {
  if (request) send(socket, request);
  let onStarted = (): void => undefined;
  const started = new Promise<undefined>((resolve) => (onStarted = () => resolve(undefined)));
  const awaited = request ? "program" : "workload";
  const ending = await Promise.race([
    started,
    follow(socket, { onStarted: (what) => (what === awaited ? onStarted() : undefined) }),
  ]);
  socket.destroy();
  if (ending) toExitCode(ending);
}
