import type { Socket } from "node:net";
import { abortable, onAbort } from "../../host/abort.js";
import { SIGKILL } from "../../host/signals.js";
import { failureOf, follow, send, sendStdin, type Ending } from "../../vm/protocol/control/client.js";
import type { ExecProgram } from "../../vm/protocol/control/wire.js";
import { STREAM_WINDOW } from "../../vm/protocol/guest/frames.js";
import type { TerminalSize } from "../../vm/protocol/guest/messages.js";

export type { ExecProgram, TerminalSize };

/** How a program has ended. */
export interface SessionEnd {
  exitCode: number;
  /** Why box ended it, when it did not end by itself and nobody asked. */
  reason?: string;
}

export interface SessionHandlers {
  /** The program runs. */
  onStarted?: () => void;
  /** A promise holds the box back until it resolves. */
  onOutput?: (stream: "stdout" | "stderr", data: Buffer) => Promise<unknown> | undefined;
}

/** A conversation with a program in a box. `follow` or `awaitStart` is to be called, once. */
export interface Session {
  /** The workload, or a program that was started for this session alone. */
  of: "workload" | "program";
  /** Follows the program to its end. @throws BoxError when it could not start */
  follow: (handlers: SessionHandlers) => Promise<SessionEnd>;
  /**
   * Waits until the program runs, and leaves it to itself.
   * @returns how it has ended, if it has by then
   * @throws BoxError when it could not start
   */
  awaitStart: () => Promise<SessionEnd | undefined>;
  /** Sends stdin. @returns where the program has no room for more yet: resolves when it has */
  write: (data: Uint8Array) => Promise<void> | undefined;
  closeStdin: () => void;
  signal: (signal: number) => void;
  /** Kills the program; of a workload, with its box. */
  kill: () => void;
  /** The size of the terminal, where the program has one. */
  resize: (size: TerminalSize) => void;
  /** Leaves; the program goes on. Resolves when that is settled. */
  detach: () => Promise<void>;
}

function toEnd(ending: Ending): SessionEnd {
  if (ending.event === "failed") throw failureOf(ending);
  const { exitCode, reason } = ending;
  return { exitCode, ...(reason === undefined ? {} : { reason }) };
}

/**
 * Waits until the workload, or the program of this conversation, runs; then the conversation is over.
 * @param signal gives up waiting; the program goes on
 * @returns how it has ended, if it has by then
 * @throws BoxError when it could not start
 */
export async function untilStarted(
  socket: Socket,
  awaited: Session["of"],
  signal?: AbortSignal,
): Promise<SessionEnd | undefined> {
  const off = onAbort(signal, () => socket.destroy());
  let onStarted = (): void => undefined;
  const started = new Promise<undefined>((resolve) => (onStarted = () => resolve(undefined)));
  const ended = follow(socket, { onStarted: (what) => (what === awaited ? onStarted() : undefined) });
  const ending = await abortable(signal, () => Promise.race([started, ended])).finally(off);
  socket.destroy();
  // Nobody is told of an end of the conversation from here on.
  ended.catch(() => undefined);
  return ending && toEnd(ending);
}

/** Carries stdin, never more than the box has room for. */
function carryStdin(socket: Socket) {
  let room = STREAM_WINDOW;
  let kept: Uint8Array = Buffer.alloc(0);
  let closed = false;
  let onRoom: (() => void)[] = [];

  function pass(): void {
    const part = kept.subarray(0, room);
    if (part.length > 0) sendStdin(socket, part);
    room -= part.length;
    kept = kept.subarray(part.length);
    if (kept.length > 0) return;
    // An empty one is the end.
    if (closed) sendStdin(socket, kept);
    for (const resolve of onRoom.splice(0)) resolve();
  }

  return {
    write: (data: Uint8Array): Promise<void> | undefined => {
      kept = kept.length === 0 ? data : Buffer.concat([kept, data]);
      pass();
      return kept.length === 0 ? undefined : new Promise((resolve) => onRoom.push(resolve));
    },
    close: () => {
      closed = true;
      if (kept.length === 0) pass();
    },
    onWindow: (bytes: number) => {
      room += bytes;
      if (kept.length > 0) pass();
    },
    /** Nobody takes any more. */
    abandon: () => {
      for (const resolve of onRoom) resolve();
      onRoom = [];
    },
  };
}

/** Passes output on; a handler that is slow holds the box back. */
function passOutput(socket: Socket, take: NonNullable<SessionHandlers["onOutput"]>) {
  let held = 0;
  const release = () => {
    if (--held === 0) socket.resume();
  };
  return (stream: "stdout" | "stderr", data: Buffer) => {
    const pause = take(stream, data);
    if (!pause) return;
    held++;
    socket.pause();
    pause.then(release, release);
  };
}

/**
 * Begins a conversation with a program.
 * @param socket a conversation with the box's monitor, for this alone
 * @param abort leaves it
 * @throws the reason of `abort`
 */
export function openSession(
  socket: Socket,
  request: { op: "attach"; stdin: boolean } | { op: "exec"; program: ExecProgram },
  abort?: AbortSignal,
): Session {
  const of = request.op === "attach" ? "workload" : "program";
  const stdin = carryStdin(socket);
  let ended: Promise<Ending> | undefined;
  if (abort?.aborted === true) {
    socket.destroy();
    abort.throwIfAborted();
  }
  send(socket, request);
  const signal = (number: number) => send(socket, { op: "signal", signal: number });
  const leave = () => {
    send(socket, { op: "detach" });
    socket.destroySoon();
  };
  socket.once("close", onAbort(abort, leave));
  return {
    of,
    follow: async ({ onStarted, onOutput }) => {
      abort?.throwIfAborted();
      ended = follow(socket, {
        onStarted: (what) => (what === of ? onStarted?.() : undefined),
        ...(onOutput ? { onOutput: passOutput(socket, onOutput) } : {}),
        onWindow: stdin.onWindow,
      }).finally(stdin.abandon);
      const running = ended;
      return toEnd(await abortable(abort, () => running));
    },
    awaitStart: () => untilStarted(socket, of, abort),
    write: stdin.write,
    closeStdin: stdin.close,
    signal,
    kill: () => {
      if (of === "workload") send(socket, { op: "stop", signal: SIGKILL, timeoutMs: 0 });
      else signal(SIGKILL);
    },
    resize: (size) => send(socket, { op: "resize", size }),
    detach: async () => {
      leave();
      await ended?.catch(() => undefined);
    },
  };
}
