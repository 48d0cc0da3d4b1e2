import type { Socket } from "node:net";
import { abortable, onAbort } from "../../host/abort.js";
import { SIGKILL } from "../../host/signals.js";
import { failureOf, follow, send, sendStdin, type Ending } from "../../vm/protocol/control/client.js";
import type { ExecProgram } from "../../vm/protocol/control/wire.js";
import { STREAM_WINDOW } from "../../vm/protocol/guest/frames.js";
import type { TerminalSize } from "../../vm/protocol/guest/messages.js";

export type { ExecProgram, TerminalSize };

/** The end of a program. */
export interface SessionEnd {
  exitCode: number;
  /** Why box ended the program, if it neither exited by itself nor was stopped on request. */
  reason?: string;
}

export interface SessionHandlers {
  /** Called when the program is running. */
  onStarted?: () => void;
  /** If this returns a promise, the box's output is paused until it settles. */
  onOutput?: (stream: "stdout" | "stderr", data: Buffer) => Promise<unknown> | undefined;
}

/** A session with a program in a box. Call either `follow` or `awaitStart`, once. */
export interface Session {
  /** Whether the program is the box's workload, or was started for this session. */
  of: "workload" | "program";
  /** Follows the program until it exits. @throws BoxError if it could not be started */
  follow: (handlers: SessionHandlers) => Promise<SessionEnd>;
  /**
   * Waits until the program is running, and leaves the session.
   * @returns the end of the program, if it has already exited
   * @throws BoxError if it could not be started
   */
  awaitStart: () => Promise<SessionEnd | undefined>;
  /** Writes to stdin. @returns if the program cannot accept all of it yet: a promise that resolves when it has */
  write: (data: Uint8Array) => Promise<void> | undefined;
  closeStdin: () => void;
  signal: (signal: number) => void;
  /** Kills the program; a workload together with its box. */
  kill: () => void;
  /** Resizes the program's terminal, if it has one. */
  resize: (size: TerminalSize) => void;
  /** Leaves the session; the program keeps running. Resolves when the session is closed. */
  detach: () => Promise<void>;
}

function toEnd(ending: Ending): SessionEnd {
  if (ending.event === "failed") throw failureOf(ending);
  const { exitCode, reason } = ending;
  return { exitCode, ...(reason === undefined ? {} : { reason }) };
}

/**
 * Waits until the workload, or the program of this session, is running, and closes the control stream.
 * @param signal stops waiting; the program keeps running
 * @returns the end of the program, if it has already exited
 * @throws BoxError if it could not be started
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
  // Closing the socket makes this reject; nobody awaits it then, nor if the signal is already aborted.
  ended.catch(() => undefined);
  const ending = await abortable(signal, () => Promise.race([started, ended])).finally(off);
  socket.destroy();
  return ending && toEnd(ending);
}

/** Sends stdin within the flow-control window granted by the box. */
function openStdinSender(socket: Socket) {
  let window = STREAM_WINDOW;
  let pending: Uint8Array = Buffer.alloc(0);
  let closed = false;
  let onSent: (() => void)[] = [];

  function flush(): void {
    const part = pending.subarray(0, window);
    if (part.length > 0) sendStdin(socket, part);
    window -= part.length;
    pending = pending.subarray(part.length);
    if (pending.length > 0) return;
    // An empty message marks the end of stdin.
    if (closed) sendStdin(socket, pending);
    for (const resolve of onSent.splice(0)) resolve();
  }

  return {
    write: (data: Uint8Array): Promise<void> | undefined => {
      pending = pending.length === 0 ? data : Buffer.concat([pending, data]);
      flush();
      return pending.length === 0 ? undefined : new Promise((resolve) => onSent.push(resolve));
    },
    close: () => {
      closed = true;
      if (pending.length === 0) flush();
    },
    onWindow: (bytes: number) => {
      window += bytes;
      if (pending.length > 0) flush();
    },
    /** The session is over: releases callers that wait to write. */
    abandon: () => {
      for (const resolve of onSent) resolve();
      onSent = [];
    },
  };
}

/** Passes output to the handler, and pauses the box's output while the handler is busy. */
function passOutput(socket: Socket, onOutput: NonNullable<SessionHandlers["onOutput"]>) {
  let busy = 0;
  const release = () => {
    if (--busy === 0) socket.resume();
  };
  return (stream: "stdout" | "stderr", data: Buffer) => {
    const done = onOutput(stream, data);
    if (!done) return;
    busy++;
    socket.pause();
    done.then(release, release);
  };
}

/**
 * Opens a session with a program.
 * @param socket a control stream to the box's monitor, for this session only
 * @param abort leaves the session
 * @throws the reason of `abort`
 */
export function openSession(
  socket: Socket,
  request: { op: "attach"; stdin: boolean } | { op: "exec"; program: ExecProgram; sidecar?: true },
  abort?: AbortSignal,
): Session {
  const of = request.op === "attach" ? "workload" : "program";
  const stdin = openStdinSender(socket);
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
