import { createServer, Socket } from "node:net";
import {
  createDecoder,
  encode,
  encodeJson,
  encodeWindow,
  Kind,
  type Event,
  type ExecProgram,
  type Request,
} from "../control/wire.js";
import type { Archive, Copy, Task, TerminalSize } from "../guest/messages.js";
import { sendArchive } from "./archive.js";
import { serveExec, type Bond, type ExecConversation } from "./exec.js";
import type { Session, SessionEvents } from "./session.js";
import { shareStdin } from "./stdin.js";

/** What commands ask of a box. */
export interface Requests {
  /** A command is about to show what the workload writes. */
  onAttach: () => void;
  /** One leaves it, and means it. */
  onDetach: () => void;
  onSignal: (signal: number) => void;
  /** `again`: the box is going to be started then. */
  onStop: (signal: number, timeoutMs: number, again: boolean) => void;
  /** A piece of stdin, empty at its end. */
  onStdin: (data: Buffer) => void;
  onResize: (size: TerminalSize) => void;
  /** Undefined when there can be none now. */
  onArchive: (what: Archive, events: SessionEvents) => Session | undefined;
  onCopy: (copy: Copy, events: SessionEvents) => Session | undefined;
  onTask: (task: Task, events: SessionEvents) => Session | undefined;
  onExec: (program: ExecProgram, events: SessionEvents) => Session | undefined;
}

export interface Clients {
  add: (socket: Socket) => void;
  /** Tells every command something; commands that connect later hear the last event as well. */
  announce: (event: Event) => void;
  /** Hands output to the attached commands; `done` when the slowest of them has taken it. */
  output: (stream: "stdout" | "stderr", data: Buffer, done: () => void) => void;
  /** The workload has read so many bytes of stdin: lets who feeds it send more. */
  grantStdin: (bytes: number) => void;
  /** Ends every conversation; resolves when all that was said has been handed to the system. Others may begin. */
  dismiss: () => Promise<void>;
  /** The same, and no other begins. */
  close: () => Promise<void>;
}

/**
 * Holds the conversations of a box with the commands that are connected to it.
 * @param stdinOnce the workload's stdin ends when one that feeds it has no more, or goes
 */
export function createClients(listenDescriptor: number, requests: Requests, stdinOnce: boolean): Clients {
  const connected = new Set<Socket>();
  const attached = new Set<Socket>();
  const execs = new Map<Socket, ExecConversation>();
  const feeders = new Set<Socket>();
  const stdin = shareStdin<Socket>(requests.onStdin, (to, bytes) => to.write(encodeWindow(bytes)));
  let last: Event | undefined;

  function serve(socket: Socket, open: (events: SessionEvents) => Session | undefined, bond: Bond): void {
    connected.delete(socket);
    execs.set(socket, serveExec(socket, open, bond));
  }

  function handle(socket: Socket, request: Request): void {
    const exec = execs.get(socket);
    if (exec) return exec.onRequest(request);
    switch (request.op) {
      case "attach":
        attached.add(socket);
        requests.onAttach();
        if (request.stdin) feeders.add(socket);
        return;
      case "signal":
        return requests.onSignal(request.signal);
      case "stop":
        return requests.onStop(request.signal, request.timeoutMs, request.again ?? false);
      case "resize":
        return requests.onResize(request.size);
      case "detach":
        feeders.delete(socket);
        return requests.onDetach();
      case "archive":
        return sendArchive(socket, (events) => requests.onArchive(request.what, events));
      case "copy":
        return serve(socket, (events) => requests.onCopy(request.copy, events), "tied");
      case "task":
        return serve(socket, (events) => requests.onTask(request.task, events), "free");
      case "exec":
        return serve(
          socket,
          (events) => requests.onExec(request.program, events),
          request.program.terminal === undefined ? "free" : "terminal",
        );
    }
  }

  /** A piece of stdin; an empty one is the end of what this command has. */
  function feed(socket: Socket, data: Buffer): void {
    if (data.length > 0 || stdinOnce) stdin.take(socket, data);
  }

  function add(socket: Socket): void {
    connected.add(socket);
    const decode = createDecoder((kind, payload) => {
      if (kind === Kind.json) handle(socket, JSON.parse(payload.toString()) as Request);
      else if (kind === Kind.stdin && feeders.has(socket)) feed(socket, payload);
      else if (kind === Kind.stdin) execs.get(socket)?.onStdin(payload);
    });
    socket.on("data", (chunk: Buffer) => {
      try {
        decode(chunk);
      } catch {
        socket.destroy();
      }
    });
    socket.on("error", () => undefined);
    socket.once("close", () => {
      connected.delete(socket);
      attached.delete(socket);
      execs.delete(socket);
      // As with docker run -i, the workload's stdin ends with who feeds it.
      if (feeders.delete(socket)) feed(socket, Buffer.alloc(0));
    });
    if (last) socket.write(encodeJson(last));
  }

  const server = createServer(add).listen({ fd: listenDescriptor });

  async function dismiss(): Promise<void> {
    for (const exec of execs.values()) exec.onBoxEnd();
    const open = [...connected, ...execs.keys()];
    last = undefined;
    await Promise.all(open.map((socket) => new Promise<void>((resolve) => void socket.end(() => resolve()))));
  }

  return {
    add,
    announce: (event) => {
      last = event;
      for (const socket of connected) socket.write(encodeJson(event));
    },
    output: (stream, data, done) => {
      let waiting = 1;
      const taken = () => {
        if (--waiting === 0) done();
      };
      const message = attached.size > 0 ? encode(Kind[stream], data) : data;
      for (const socket of attached) {
        waiting++;
        socket.write(message, taken);
      }
      taken();
    },
    grantStdin: (bytes) => stdin.granted(bytes),
    dismiss,
    close: async () => {
      server.close();
      await dismiss();
    },
  };
}
