import type { Socket } from "node:net";
import { encode, encodeJson, encodeWindow, Kind, type Event, type Request } from "../control/wire.js";
import { toExitCode, type Session, type SessionEvents } from "./session.js";

/** Exit code of a program that was ended by SIGKILL, as all are when their box ends. */
const KILLED = 137;

const SIGHUP = 1;
const SIGKILL = 9;

/** A conversation with a command about a program besides the workload. */
export interface ExecConversation {
  onRequest: (request: Request) => void;
  onStdin: (data: Buffer) => void;
  /** The box has ended, and with it the program. */
  onBoxEnd: () => void;
}

/**
 * What becomes of a program when its command is gone. `free`: it goes on, its stdin ends and its output goes nowhere;
 * `terminal`: its terminal hangs up, unless the command leaves on purpose; `tied`: it is killed.
 */
export type Bond = "free" | "terminal" | "tied";

/**
 * Starts a program for the command at the other end and carries its streams.
 * @param open starts the program; undefined when there can be none now
 */
export function serveExec(
  socket: Socket,
  open: (events: SessionEvents) => Session | undefined,
  bond: Bond,
): ExecConversation {
  let ended = false;
  let leaving = false;
  const tell = (event: Event) => socket.write(encodeJson(event));
  function end(event: Event): void {
    if (ended) return;
    ended = true;
    tell(event);
    socket.end();
  }
  const session = open({
    onStarted: () => tell({ event: "started", program: true }),
    onOutput: (stream, data, taken) => {
      if (socket.destroyed) taken();
      else socket.write(encode(Kind[stream], data), () => taken());
    },
    onStdinWindow: (bytes) => socket.write(encodeWindow(bytes)),
    onExit: (exit) => end({ event: "exited", exitCode: toExitCode(exit), oomKilled: exit.oomKilled }),
    onFailure: (failure) => end({ event: "failed", ...failure }),
  });
  if (!session) {
    end({
      event: "failed",
      code: "not-ready",
      message: "the box is still starting, or too many programs run in it already",
      exitCode: 125,
    });
  }
  socket.once("close", () => {
    if (ended) return;
    session?.stdin(Buffer.alloc(0));
    if (bond === "terminal" && !leaving) session?.signal(SIGHUP);
    if (bond === "tied") session?.signal(SIGKILL);
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
