import type { Socket } from "node:net";
import type { Event, Request } from "../protocol/control/wire.js";
import { KILLED, SIGHUP, SIGKILL } from "../../host/signals.js";
import type { Outbox } from "./outbox.js";
import { toExitCode, type Session, type SessionEvents } from "./session.js";

/** A conversation with a command about a program that runs alongside the workload. */
export interface ExecConversation {
  onRequest: (request: Request) => void;
  /** @throws Error if the data exceeds the window */
  onStdin: (data: Buffer) => void;
  /** Called when the box has exited, and with it the program. */
  onBoxEnd: () => void;
}

/**
 * The effect on a program when its command disconnects. `keep`: it keeps running, its stdin is closed and its output is
 * discarded; `hang-up`: it also receives SIGHUP, unless the command detached intentionally; `kill`: it is killed.
 */
export type OnDisconnect = "keep" | "hang-up" | "kill";

/**
 * Starts a program for a connected command and forwards its streams.
 * @param open starts the program; if none can be started now, reports a failure and returns undefined
 */
export function serveExec(
  socket: Socket,
  out: Outbox,
  open: (events: SessionEvents) => Session | undefined,
  onDisconnect: OnDisconnect,
): ExecConversation {
  let ended = false;
  let detached = false;
  function end(event: Event): void {
    if (ended) return;
    ended = true;
    out.tell(event);
    void out.end();
  }
  const session = open({
    onStarted: () => out.tell({ event: "started", program: true }),
    onOutput: out.output,
    onStdinWindow: out.grant,
    onExit: (exit) => end({ event: "exited", exitCode: toExitCode(exit), oomKilled: exit.oomKilled }),
    onFailure: (failure) => end({ event: "failed", ...failure }),
  });
  socket.once("close", () => {
    if (ended) return;
    session?.stdin(Buffer.alloc(0));
    if (onDisconnect === "hang-up" && !detached) session?.signal(SIGHUP);
    if (onDisconnect === "kill") session?.signal(SIGKILL);
  });
  return {
    onRequest: (request) => {
      if (request.op === "signal") session?.signal(request.signal);
      else if (request.op === "resize") session?.resize(request.size);
      else if (request.op === "detach") detached = true;
    },
    onStdin: (data) => session?.stdin(data),
    onBoxEnd: () => end({ event: "exited", exitCode: KILLED, oomKilled: false }),
  };
}
