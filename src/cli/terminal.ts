import { constants } from "node:os";
import type { Socket } from "node:net";
import { BoxError } from "../config/errors.js";
import { follow, send, sendStdin, type Ending } from "../vm/control/client.js";
import type { Request } from "../vm/control/wire.js";
import { printWarning } from "./output/print.js";

/** Bytes of stdin that may be under way before the guest has asked for more (docs/protocol.md). */
const STDIN_WINDOW = 262_144;

/** Signals that go on to the workload. */
const FORWARDED = ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGUSR1", "SIGUSR2"] as const;

/** From this many Ctrl-C on, the box, or the program in it, is killed without asking it. */
const INSIST = 3;

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

/** Carries stdin to the box, never more than it has room for. */
function feedStdin(socket: Socket): (bytes: number) => void {
  const { stdin } = process;
  let room = STDIN_WINDOW;
  let kept: Buffer = Buffer.alloc(0);
  let ended = false;

  function pass(): void {
    const piece = kept.subarray(0, room);
    if (piece.length > 0) sendStdin(socket, piece);
    room -= piece.length;
    kept = kept.subarray(piece.length);
    if (kept.length > 0) stdin.pause();
    else if (ended) sendStdin(socket, kept);
    else stdin.resume();
  }

  stdin.on("data", (data: Buffer) => {
    kept = data;
    pass();
  });
  const end = () => {
    ended = true;
    if (kept.length === 0) pass();
  };
  stdin.once("end", end);
  stdin.once("error", end);
  return (bytes) => {
    room += bytes;
    if (kept.length > 0) pass();
  };
}

/**
 * From now on, signals to this process are meant for the workload, or for another program of a box.
 * @returns hands them on, those that came meanwhile first
 */
export function catchSignals(of: "box" | "program" = "box"): (socket: Socket) => void {
  const early: number[] = [];
  let interrupts = 0;
  let pass = (signal: number): void => void early.push(signal);
  for (const name of FORWARDED) process.on(name, () => pass(constants.signals[name]));
  return (socket) => {
    pass = (signal) => {
      const insists = signal === constants.signals.SIGINT && ++interrupts >= INSIST;
      const { SIGKILL } = constants.signals;
      if (insists && of === "box") send(socket, { op: "stop", signal: SIGKILL, timeoutMs: 0 });
      else send(socket, { op: "signal", signal: insists ? SIGKILL : signal });
    };
    for (const signal of early) pass(signal);
  };
}

/** Passes output on; a reader that is slow holds the box back, one that has gone ends it as SIGPIPE would. */
function passOutput(socket: Socket): (stream: "stdout" | "stderr", data: Buffer) => void {
  let gone = false;
  process.stdout.removeAllListeners("error");
  for (const stream of [process.stdout, process.stderr]) {
    stream.on("error", () => {
      if (!gone) send(socket, { op: "signal", signal: constants.signals.SIGPIPE });
      gone = true;
      socket.resume();
    });
    stream.on("drain", () => socket.resume());
  }
  return (name, data) => {
    if (!gone && !process[name].write(data)) socket.pause();
  };
}

/**
 * Stands between the workload, or another program of a box, and the terminal until that ends.
 * @param passSignals what `catchSignals` gave
 * @param request begins the conversation
 * @returns the exit code of the program.
 * @throws BoxError when the box could not start
 */
export async function attach(
  socket: Socket,
  stdin: boolean,
  passSignals: (socket: Socket) => void,
  request: Request = { op: "attach", stdin },
): Promise<number> {
  send(socket, request);
  passSignals(socket);
  const onWindow = stdin ? feedStdin(socket) : undefined;
  const ending = await follow(socket, { onOutput: passOutput(socket), ...(onWindow ? { onWindow } : {}) });
  return toExitCode(ending);
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
