import type { Socket } from "node:net";
import type { Event, Request } from "../protocol/control/wire.js";
import { KILLED, SIGHUP, SIGKILL } from "../../host/signals.js";
import type { Outbox } from "./outbox.js";
import { toExitCode, type Session, type SessionEvents } from "./session.js";

/** A conversation with a command about a program besides the workload. */
export interface ExecConversation {
  onRequest: (request: Request) => void;
  /** @throws Error when it is more than the program has room for */
  onStdin: (data: Buffer) => void;
  /** The box has ended, and with it the program. */
  onBoxEnd: () => void;
}

/**
 * What becomes of a program when its command is gone. `keep`: it goes on, its stdin ends and its output goes nowhere;
 * `hang-up`: its terminal hangs up, unless the command leaves on purpose; `kill`: it is killed.
 */
export type OnDisconnect = "keep" | "hang-up" | "kill";

/**
 * Starts a program for the command at the other end and carries its streams.
 * @param open starts the program; undefined when there can be none now
 */
export function serveExec(
  socket: Socket,
  out: Outbox,
  open: (events: SessionEvents) => Session | undefined,
  onDisconnect: OnDisconnect,
): ExecConversation {
  let ended = false;
  let leaving = false;
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
  if (!session) {
    end({
      event: "failed",
      code: "not-ready",
      message: "the box is still starting, or too many programs run in it already",
    });
  }
  socket.once("close", () => {
    if (ended) return;
    session?.stdin(Buffer.alloc(0));
    if (onDisconnect === "hang-up" && !leaving) session?.signal(SIGHUP);
    if (onDisconnect === "kill") session?.signal(SIGKILL);
  });
  return {
    onRequest: (request) => {
      if (request.op === "signal") session?.signal(request.signal);
      else if (request.op === "resize") session?.resize(request.size);
      else if (request.op === "detach") leaving = true;
    },
    onStdin: (data) => session?.stdin(data),
    onBoxEnd: () => end({ event: "exited", exitCode: KILLED, oomKilled: false }),
  };
}
