import type { Socket } from "node:net";
import { messageOf } from "../../errors.js";
import type { NamesOn } from "../../net/membership.js";
import { readToEnd } from "../../host/read-to-end.js";
import {
  createDecoder,
  Kind,
  type Event,
  type NetworkChange,
  type Request,
} from "../protocol/control/wire.js";
import { STREAM_WINDOW } from "../protocol/guest/frames.js";
import type { TerminalSize } from "../protocol/guest/messages.js";
import { sendArchive } from "./archive.js";
import { serveExec, type OnDisconnect, type ExecConversation } from "./exec.js";
import type { Open, Opening } from "./guest.js";
import type { Failure } from "./failure.js";
import type { Listener } from "./listener.js";
import { log } from "./log.js";
import { openOutbox, type Outbox, type Stream, type Acknowledge } from "./outbox.js";
import { BadRequest, NewerRequest, readRequest } from "./request.js";
import type { SessionEvents } from "./session.js";
import { shareOutput } from "./share-output.js";
import { shareStdin } from "./stdin.js";

/** Requests from commands to a running box. */
export interface Requests {
  /** A command has attached to the workload's output. */
  onAttach: () => void;
  /** An attached command disconnects intentionally. */
  onDetach: () => void;
  onSignal: (signal: number) => void;
  /** `again`: the box will be started again afterwards. */
  onStop: (signal: number, timeoutMs: number, again: boolean) => void;
  /** Extends the timeout. @returns false if the box has no timeout, or it has expired */
  onExtend: (byMs: number) => boolean;
  /** Changes the box's networks. @returns why it failed */
  onNetworks: (change: NetworkChange) => Promise<Failure | undefined>;
  /** Changes the box's names on its networks. @returns why it failed */
  onNames: (names: readonly NamesOn[]) => Promise<Failure | undefined>;
  /** Stdin data; an empty chunk signals end of input. */
  onStdin: (data: Buffer) => void;
  onResize: (size: TerminalSize) => void;
  onOpen: Open;
}

export interface Clients {
  add: (socket: Socket) => void;
  /** Sends an event to every command; commands that connect later receive the last event too. */
  announce: (event: Event) => void;
  /** Sends output to the attached commands; `acknowledge` is called once the slowest of them has received it. */
  output: (stream: Stream, data: Buffer, acknowledge: Acknowledge) => void;
  /** Called when the workload has read this many bytes of stdin, so that commands may send more. */
  grantStdin: (bytes: number) => void;
  /** Ends every conversation; resolves once all messages have been handed to the system. New ones may begin. */
  dismiss: () => Promise<void>;
  /** Like `dismiss`, but also accepts no new conversations. */
  close: () => Promise<void>;
}

/** Maximum number of attached commands: for each of them, one window per stream may be buffered. */
const MOST_ATTACHED = 128;
/** Maximum size of incomplete messages from all commands together, in bytes. */
const MOST_PENDING = 64 * 2 ** 20;

/** A request has been carried out. */
const DONE: Event = { event: "exited", exitCode: 0, oomKilled: false };
const NO_TIMEOUT: Event = {
  event: "failed",
  code: "no-timeout",
  message: "the box has no timeout, or it has expired",
};

/** The request would exceed the memory limits of the monitor. */
class Overload extends Error {
  override name = "Overload";
}

/** The failure to report to a command whose conversation ends with an error; undefined if it could not decode it. */
function explain(error: unknown): Pick<Failure, "code" | "message" | "hint"> | undefined {
  if (error instanceof Overload) return { code: "too-many-commands", message: error.message };
  if (error instanceof NewerRequest) {
    const message = "the command is from a newer version of box than the box's monitor";
    return { code: "newer-version", message, hint: "restart the box" };
  }
  if (!(error instanceof BadRequest)) return undefined;
  const message = `the monitor received an invalid request: ${error.message}`;
  return {
    code: "bad-request",
    message,
    hint: "restart the box: it may have been started by another version of box",
  };
}

/** A conversation with a command. */
interface Client {
  socket: Socket;
  out: Outbox;
  /** Set if the conversation is dedicated to a program, a copy or a task. */
  exec?: ExecConversation;
  /** Set if the conversation is dedicated to an archive. */
  archive?: true;
  attached?: true;
  /** The failure has been reported, and further input is ignored. */
  refused?: true;
  /** Bytes of an incomplete message. */
  pending: number;
  left?: true;
  /** For a command that feeds the workload's stdin: bytes that the workload has not read yet. */
  owed?: number;
}

/**
 * Manages the conversations of a box with the commands connected to it.
 * @param stdinOnce the workload's stdin is closed when a command that feeds it reaches end of input or disconnects
 */
export function createClients(listener: Listener, requests: Requests, stdinOnce: boolean): Clients {
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
      throw new Overload(`${MOST_ATTACHED} commands are already attached to the box`);
    if (feeds) client.owed ??= 0;
    if (client.attached) return;
    attached++;
    client.attached = true;
    readers.join(client.out);
    requests.onAttach();
  }

  function answerWhenDone(client: Client, result: Promise<Failure | undefined>): void {
    const answer = (event: Event) => {
      client.out.tell(event);
      void client.out.end();
    };
    result.then(
      (failure) => answer(failure ? { event: "failed", ...failure } : DONE),
      (error: unknown) => refuse(client, error),
    );
  }

  function handle(client: Client, request: Request): void {
    if (client.exec) return client.exec.onRequest(request);
    // An archive takes the whole conversation: ignore further requests.
    if (client.archive) return;
    switch (request.op) {
      case "attach":
        return join(client, request.stdin);
      case "signal":
        return requests.onSignal(request.signal);
      case "stop":
        return requests.onStop(request.signal, request.timeoutMs, request.again ?? false);
      case "extend":
        client.out.tell(requests.onExtend(request.byMs) ? DONE : NO_TIMEOUT);
        return void client.out.end();
      case "networks":
        return answerWhenDone(client, requests.onNetworks(request.change));
      case "names":
        return answerWhenDone(client, requests.onNames(request.names));
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
        // When stdin is closed early, the agent removes the incomplete file.
        return serve(
          client,
          { role: "copy", copy: request.copy },
          request.copy.kind === "write-file" ? "keep" : "kill",
        );
      case "task":
        return serve(client, { role: "task", task: request.task }, "keep");
      case "exec": {
        const { program, sidecar } = request;
        return serve(client, { role: "exec", program, sidecar }, program.terminal ? "hang-up" : "keep");
      }
    }
  }

  /** Passes on stdin data; an empty chunk is the end of this command's input. */
  function feed(client: Client, data: Buffer): void {
    if (data.length > 0 || stdinOnce) stdin.take(client, data);
  }

  function takeStdin(client: Client, data: Buffer): void {
    if (client.exec) return client.exec.onStdin(data);
    if (client.owed === undefined) return;
    client.owed += data.length;
    if (client.owed > STREAM_WINDOW) throw new Error("stdin exceeds its window");
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
    // As with docker run -i, the workload's stdin is closed when the command that feeds it disconnects.
    if (fed) feed(client, Buffer.alloc(0));
  }

  /** Ends this conversation, without affecting others. */
  function refuse(client: Client, error: unknown): void {
    if (client.refused) return;
    client.refused = true;
    const why = messageOf(error);
    log("warn", `closed the connection of a command: ${why}`);
    const failure = explain(error);
    if (!failure) {
      client.socket.destroy();
      return;
    }
    leave(client);
    client.out.tell({ event: "failed", ...failure });
    void client.out.end();
  }

  /** Makes an error end only this conversation, not the box or other conversations. */
  function guard<Arguments extends unknown[]>(
    client: Client,
    act: (...args: Arguments) => void,
  ): (...args: Arguments) => void {
    return (...args) => {
      try {
        act(...args);
      } catch (error) {
        refuse(client, error);
      }
    };
  }

  /** Guards a program's events, because they arrive on the link that the whole box shares. */
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
    // Requests that a command sent before it disconnected count, even if it has not read everything.
    const client: Client = { socket: readToEnd(socket), out: openOutbox(socket), pending: 0 };
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
      if (pending > MOST_PENDING) throw new Overload("too much incomplete data from commands");
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

  listener.take(add);

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
      listener.close();
      await dismiss();
    },
  };
}
