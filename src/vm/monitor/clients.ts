import { createServer, Socket } from "node:net";
import { createDecoder, Kind, type Event, type Request } from "../protocol/control/wire.js";
import { STREAM_WINDOW } from "../protocol/guest/frames.js";
import type { TerminalSize } from "../protocol/guest/messages.js";
import { sendArchive } from "./archive.js";
import { serveExec, type OnDisconnect, type ExecConversation } from "./exec.js";
import type { Open, Opening } from "./guest.js";
import type { Failure } from "./failure.js";
import { log } from "./log.js";
import { openOutbox, type Outbox, type Stream, type Acknowledge } from "./outbox.js";
import { BadRequest, NewerRequest, readRequest } from "./request.js";
import type { SessionEvents } from "./session.js";
import { shareOutput } from "./share-output.js";
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
  /** More time. @returns false when the box has no timeout, or it is over */
  onExtend: (byMs: number) => boolean;
  /** A piece of stdin, empty at its end. */
  onStdin: (data: Buffer) => void;
  onResize: (size: TerminalSize) => void;
  onOpen: Open;
}

export interface Clients {
  add: (socket: Socket) => void;
  /** Tells every command something; commands that connect later hear the last event as well. */
  announce: (event: Event) => void;
  /** Hands output to the attached commands; `acknowledge` is called when the slowest of them has taken it. */
  output: (stream: Stream, data: Buffer, acknowledge: Acknowledge) => void;
  /** The workload has read so many bytes of stdin: lets who feeds it send more. */
  grantStdin: (bytes: number) => void;
  /** Ends every conversation; resolves when all that was said has been handed to the system. Others may begin. */
  dismiss: () => Promise<void>;
  /** The same, and no other begins. */
  close: () => Promise<void>;
}

/** More than there are commands of one box at a time, unless somebody wants to harm it. */
const MOST_CONVERSATIONS = 1024;
/** Commands that show the workload's output: a window of each stream may wait for every one of them. */
const MOST_ATTACHED = 128;
/** Bytes of messages that have not come to their ends, of all commands together. */
const MOST_PENDING = 64 * 2 ** 20;

const EXTENDED: Event = { event: "exited", exitCode: 0, oomKilled: false };
const NO_TIMEOUT: Event = {
  event: "failed",
  code: "no-timeout",
  message: "the box has no timeout, or it is over",
};

/** There would be more of it than the monitor has memory for. */
class Overload extends Error {
  override name = "Overload";
}

/** What a command is told whose conversation ends so; undefined when it would not understand that either. */
function explain(error: unknown): Pick<Failure, "code" | "message" | "hint"> | undefined {
  if (error instanceof Overload) return { code: "too-many-commands", message: error.message };
  if (error instanceof NewerRequest) {
    const message = "the command is of a newer version of box than the box's monitor";
    return { code: "newer-version", message, hint: "restart the box" };
  }
  if (!(error instanceof BadRequest)) return undefined;
  const message = `the box's monitor does not understand what it is asked: ${error.message}`;
  return {
    code: "bad-request",
    message,
    hint: "another version of box may have started it: restart the box",
  };
}

/** A conversation with a command. */
interface Client {
  socket: Socket;
  out: Outbox;
  /** It is about a program, a copy or a task. */
  exec?: ExecConversation;
  /** It is about an archive. */
  archive?: true;
  attached?: true;
  /** Nothing more is taken from it: it has been told why. */
  refused?: true;
  /** Bytes of a message that has not come to its end. */
  pending: number;
  left?: true;
  /** It feeds the workload: bytes of its that the workload has not read. */
  owed?: number;
}

/**
 * Holds the conversations of a box with the commands that are connected to it.
 * @param stdinOnce the workload's stdin ends when one that feeds it has no more, or goes
 */
export function createClients(listenDescriptor: number, requests: Requests, stdinOnce: boolean): Clients {
  const clients = new Set<Client>();
  const readers = shareOutput();
  const stdin = shareStdin<Client>(requests.onStdin, (to, bytes) => {
    if (to.owed === undefined) return;
    to.owed -= bytes;
    to.out.grant(bytes);
  });
  let last: Event | undefined;
  let attached = 0;
  let pending = 0;

  const opener = (client: Client, what: Opening) => (events: SessionEvents) =>
    requests.onOpen(what, contain(client, events));

  function serve(client: Client, what: Opening, onDisconnect: OnDisconnect): void {
    client.exec = serveExec(client.socket, client.out, opener(client, what), onDisconnect);
  }

  function join(client: Client, feeds: boolean): void {
    if (!client.attached && attached >= MOST_ATTACHED)
      throw new Overload(`${MOST_ATTACHED} commands are attached to the box already`);
    if (feeds) client.owed ??= 0;
    if (client.attached) return;
    attached++;
    client.attached = true;
    readers.join(client.out);
    requests.onAttach();
  }

  function handle(client: Client, request: Request): void {
    if (client.exec) return client.exec.onRequest(request);
    // One a conversation: there is nothing else to say.
    if (client.archive) return;
    switch (request.op) {
      case "attach":
        return join(client, request.stdin);
      case "signal":
        return requests.onSignal(request.signal);
      case "stop":
        return requests.onStop(request.signal, request.timeoutMs, request.again ?? false);
      case "extend":
        client.out.tell(requests.onExtend(request.byMs) ? EXTENDED : NO_TIMEOUT);
        return void client.out.end();
      case "resize":
        return requests.onResize(request.size);
      case "detach":
        if (!client.attached) return;
        delete client.owed;
        return requests.onDetach();
      case "archive":
        client.archive = true;
        return sendArchive(
          client.socket,
          client.out,
          opener(client, { role: "archive", archive: request.what }),
        );
      case "copy":
        // The agent removes a file that is not whole by itself, when its stdin has ended.
        return serve(
          client,
          { role: "copy", copy: request.copy },
          request.copy.kind === "write-file" ? "keep" : "kill",
        );
      case "task":
        return serve(client, { role: "task", task: request.task }, "keep");
      case "exec": {
        const { program } = request;
        return serve(client, { role: "exec", program }, program.terminal ? "hang-up" : "keep");
      }
    }
  }

  /** A piece of stdin; an empty one is the end of what this command has. */
  function feed(client: Client, data: Buffer): void {
    if (data.length > 0 || stdinOnce) stdin.take(client, data);
  }

  function takeStdin(client: Client, data: Buffer): void {
    if (client.exec) return client.exec.onStdin(data);
    if (client.owed === undefined) return;
    client.owed += data.length;
    if (client.owed > STREAM_WINDOW) throw new Error("more stdin than there is room for");
    feed(client, data);
  }

  function leave(client: Client): void {
    readers.leave(client.out);
    if (client.attached && !client.left) attached--;
    client.left = true;
    pending -= client.pending;
    client.pending = 0;
    const fed = client.owed !== undefined;
    delete client.owed;
    // As with docker run -i, the workload's stdin ends with who feeds it.
    if (fed) feed(client, Buffer.alloc(0));
  }

  /** Ends a conversation, and that alone. */
  function refuse(client: Client, error: unknown): void {
    if (client.refused) return;
    client.refused = true;
    const why = error instanceof Error ? error.message : String(error);
    log("warn", `a command's conversation was ended: ${why}`);
    const failure = explain(error);
    if (!failure) {
      client.socket.destroy();
      return;
    }
    leave(client);
    client.out.tell({ event: "failed", ...failure });
    void client.out.end();
  }

  /** Whatever goes wrong in one conversation ends neither the box nor another one. */
  function guard<Words extends unknown[]>(
    client: Client,
    act: (...words: Words) => void,
  ): (...words: Words) => void {
    return (...words) => {
      try {
        act(...words);
      } catch (error) {
        refuse(client, error);
      }
    };
  }

  /** What a program sends comes by the way that the whole box's guest is heard on. */
  function contain(client: Client, events: SessionEvents): SessionEvents {
    const { onStarted, onStdinWindow } = events;
    return {
      onOutput: guard(client, events.onOutput),
      onExit: guard(client, events.onExit),
      onFailure: guard(client, events.onFailure),
      ...(onStarted && { onStarted: guard(client, onStarted) }),
      ...(onStdinWindow && { onStdinWindow: guard(client, onStdinWindow) }),
    };
  }

  function add(socket: Socket): void {
    const client: Client = { socket, out: openOutbox(socket), pending: 0 };
    clients.add(client);
    const decode = createDecoder((kind, payload) => {
      if (client.refused) return;
      if (kind === Kind.json) handle(client, readRequest(payload.toString()));
      else if (kind === Kind.stdin) takeStdin(client, payload);
    });
    const take = (chunk: Buffer) => {
      if (client.refused) return;
      const rest = decode(chunk);
      pending += rest - client.pending;
      client.pending = rest;
      if (pending > MOST_PENDING) throw new Overload("commands send more at once than there is room for");
    };
    socket.on("data", guard(client, take));
    socket.on("error", () => undefined);
    socket.once(
      "close",
      guard(client, () => {
        clients.delete(client);
        leave(client);
      }),
    );
    if (last) client.out.tell(last);
  }

  const server = createServer(add).listen({ fd: listenDescriptor });
  server.maxConnections = MOST_CONVERSATIONS;

  async function dismiss(): Promise<void> {
    last = undefined;
    const open = [...clients];
    for (const { exec } of open) exec?.onBoxEnd();
    await Promise.all(open.map(({ out }) => out.end()));
  }

  return {
    add,
    announce: (event) => {
      last = event;
      for (const { out, exec } of clients) if (!exec) out.tell(event);
    },
    output: (stream, data, acknowledge) => readers.pass(stream, data, acknowledge),
    grantStdin: (bytes) => stdin.granted(bytes),
    dismiss,
    close: async () => {
      server.close();
      await dismiss();
    },
  };
}
