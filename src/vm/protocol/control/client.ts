import { connect, type Socket } from "node:net";
import { BoxError, errnoOf } from "../../../errors.js";
import { readToEnd } from "../../../host/read-to-end.js";
import { searchRuntimeFolders } from "../../../host/runtime-folder.js";
import type { Archive } from "../guest/messages.js";
import { CONTROL_VERSION } from "./table.js";
import { createDecoder, encode, encodeJson, Kind, type Event, type Request } from "./wire.js";
import type { Home } from "../../../host/home.js";

export type Ending = Extract<Event, { event: "failed" | "exited" }>;

/** Returns the error that a conversation ended with; undefined if it ended with an exit or has not ended. */
export function failureOf(ending: Extract<Ending, { event: "failed" }>): BoxError;
export function failureOf(ending: Ending | undefined): BoxError | undefined;
export function failureOf(ending: Ending | undefined): BoxError | undefined {
  if (ending?.event !== "failed") return undefined;
  const { code, message, subject, hint } = ending;
  return new BoxError(code, message, { subject, hint });
}

/**
 * Connects to the monitor of a running box; undefined if nothing is listening there (any more).
 * @param name name of its socket (../box/files.ts)
 * @throws BoxError runtime-folder
 */
export function connectToSocket(home: Home, name: string): Promise<Socket | undefined> {
  return searchRuntimeFolders(home, (folder) => connectAt(`${folder}/${name}`));
}

function connectAt(path: string): Promise<Socket | undefined> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    socket.once("connect", () => resolve(readToEnd(socket)));
    socket.once("error", (error) => {
      if (["ENOENT", "ECONNREFUSED"].includes(errnoOf(error) ?? "")) resolve(undefined);
      else reject(error);
    });
  });
}

export function send(socket: Socket, request: Request): void {
  socket.write(encodeJson({ ...request, version: CONTROL_VERSION }));
}

/** How a command attaches to the program of a box. */
export interface Attach {
  /** Whether it feeds the program's stdin. */
  stdin: boolean;
}

/** Attaches to the program of a box. A second time, nothing changes. */
export function sendAttach(socket: Socket, { stdin }: Attach): void {
  send(socket, { op: "attach", stdin });
}

/** For peers that are children of this process: functions that explain why the peer exited. */
const explanations = new WeakMap<Socket, () => Promise<BoxError | undefined>>();

export function explainEnd(socket: Socket, explain: () => Promise<BoxError | undefined>): void {
  explanations.set(socket, explain);
}

/** Resolves when the peer, if it is a child of this process, has exited, with the reason if it never did its work. */
export async function explanationOf(socket: Socket): Promise<BoxError | undefined> {
  return explanations.get(socket)?.();
}

/** Resolves when the peer, a child of this process, has exited. */
export async function awaitEnd(socket: Socket): Promise<void> {
  await explanationOf(socket);
}

export interface Follow {
  /** The workload, or the program of this conversation, has started. */
  onStarted?: (what: "workload" | "program") => void;
  onOutput?: (stream: "stdout" | "stderr", data: Buffer) => void;
  /** More bytes of stdin may be sent. */
  onWindow?: (bytes: number) => void;
}

/**
 * Follows a box until it exits.
 * @returns how it ended, which the monitor reports after cleaning up everything that the box used
 * @throws BoxError monitor-died, or a more specific error if known, if the stream ends without a report;
 *   monitor-unknown
 */
export function follow(socket: Socket, { onStarted, onOutput, onWindow }: Follow): Promise<Ending> {
  return new Promise((resolve, reject) => {
    let ending: Ending | undefined;
    let unrecognized: BoxError | undefined;
    const decode = createDecoder((kind, payload) => {
      if (kind === Kind.stdout) onOutput?.("stdout", payload);
      else if (kind === Kind.stderr) onOutput?.("stderr", payload);
      else if (kind === Kind.window) onWindow?.(payload.readUInt32LE(0));
      else if (kind === Kind.json) {
        // It comes from box's own monitor, so the type is known.
        const event = JSON.parse(payload.toString()) as Event;
        if (event.event === "started") onStarted?.(event.program ? "program" : "workload");
        else if (event.event !== "archived") ending = event;
      }
    });
    const conclude = async (): Promise<Ending> => {
      if (unrecognized) throw unrecognized;
      if (ending) return ending;
      const died = new BoxError("monitor-died", "the box's monitor was killed, and the box with it");
      // Otherwise this end has closed the connection, and there is nothing to explain.
      throw (socket.readableEnded ? await explanationOf(socket) : undefined) ?? died;
    };
    socket.on("data", (chunk: Buffer) => {
      try {
        decode(chunk);
      } catch (error) {
        unrecognized = new BoxError("monitor-unknown", "the monitor sent an unrecognized message", {
          hint: "restart the box: it may have been started by another version of box",
          cause: error,
        });
        socket.destroy();
      }
    });
    socket.on("error", () => undefined);
    const onClose = () => void conclude().then(resolve, reject);
    if (socket.closed) onClose();
    else socket.once("close", onClose);
  });
}

/** Sends stdin data; an empty chunk signals end of input. */
export function sendStdin(socket: Socket, data: Uint8Array): void {
  socket.write(encode(Kind.stdin, data));
}

/**
 * Reads a tar of a running box's files: its whole root, or its changes relative to the image as a layer (OCI
 * image-spec, layer.md).
 * @param socket a conversation for this purpose only; closed at the end
 * @throws BoxError archive-failed if it is incomplete
 */
export async function* readArchive(socket: Socket, what: Archive): AsyncGenerator<Buffer> {
  const pieces: Buffer[] = [];
  let end: Extract<Event, { event: "archived" }> | undefined;
  const decode = createDecoder((kind, payload) => {
    if (kind === Kind.stdout) pieces.push(payload);
    if (kind !== Kind.json) return;
    const event = JSON.parse(payload.toString()) as Event;
    if (event.event === "archived") end = event;
  });
  send(socket, { op: "archive", what });
  try {
    for await (const chunk of socket as AsyncIterable<Buffer>) {
      decode(chunk);
      yield* pieces.splice(0);
      if (end) break;
    }
  } finally {
    socket.destroy();
  }
  const failure = end ? end.failure : "the box exited";
  if (failure === undefined) return;
  throw new BoxError("archive-failed", `cannot read the box's files: ${failure}`);
}
