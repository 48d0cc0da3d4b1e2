import { connect, type Socket } from "node:net";
import { BoxError, errnoOf } from "../../../errors.js";
import { searchRuntimeFolders } from "../../../host/runtime-folder.js";
import type { Archive } from "../guest/messages.js";
import { CONTROL_VERSION } from "./table.js";
import { createDecoder, encode, encodeJson, Kind, type Event, type Request } from "./wire.js";
import type { Home } from "../../../host/home.js";

export type Ending = Extract<Event, { event: "failed" | "exited" }>;

/** The error that a conversation has ended with; undefined when it has not ended, or with an exit. */
export function failureOf(ending: Extract<Ending, { event: "failed" }>): BoxError;
export function failureOf(ending: Ending | undefined): BoxError | undefined;
export function failureOf(ending: Ending | undefined): BoxError | undefined {
  if (ending?.event !== "failed") return undefined;
  const { code, message, subject, hint } = ending;
  return new BoxError(code, message, { subject, hint });
}

/**
 * Connects to the monitor of a running box; undefined when nothing listens there (any more).
 * @param name of its socket (../box/files.ts)
 * @throws BoxError runtime-folder
 */
export function connectToSocket(home: Home, name: string): Promise<Socket | undefined> {
  return searchRuntimeFolders(home, (folder) => connectAt(`${folder}/${name}`));
}

function connectAt(path: string): Promise<Socket | undefined> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    socket.once("connect", () => resolve(socket));
    socket.once("error", (error) => {
      if (["ENOENT", "ECONNREFUSED"].includes(errnoOf(error) ?? "")) resolve(undefined);
      else reject(error);
    });
  });
}

export function send(socket: Socket, request: Request): void {
  socket.write(encodeJson({ ...request, version: CONTROL_VERSION }));
}

/** Where the other end is a child of this process: tells why it is gone, when it is. */
const explanations = new WeakMap<Socket, () => Promise<BoxError | undefined>>();

export function explainEnd(socket: Socket, explain: () => Promise<BoxError | undefined>): void {
  explanations.set(socket, explain);
}

/** Resolves when the other end, a child of this process, has ended. */
export async function awaitEnd(socket: Socket): Promise<void> {
  await explanations.get(socket)?.();
}

export interface Follow {
  /** The workload runs, or the program of this conversation. */
  onStarted?: (what: "workload" | "program") => void;
  onOutput?: (stream: "stdout" | "stderr", data: Buffer) => void;
  /** More bytes of stdin may be sent. */
  onWindow?: (bytes: number) => void;
}

/**
 * Follows a box to its end.
 * @returns how it ended, as the monitor says it after everything of the box has been cleared away.
 * @throws BoxError monitor-died when the stream ends without that, or what is known of the reason; monitor-unknown
 */
export function follow(socket: Socket, { onStarted, onOutput, onWindow }: Follow): Promise<Ending> {
  return new Promise((resolve, reject) => {
    let ending: Ending | undefined;
    let strange: BoxError | undefined;
    const decode = createDecoder((kind, payload) => {
      if (kind === Kind.stdout) onOutput?.("stdout", payload);
      else if (kind === Kind.stderr) onOutput?.("stderr", payload);
      else if (kind === Kind.window) onWindow?.(payload.readUInt32LE(0));
      else if (kind === Kind.json) {
        // Our own monitor wrote it: the type is known.
        const event = JSON.parse(payload.toString()) as Event;
        if (event.event === "started") onStarted?.(event.program ? "program" : "workload");
        else if (event.event !== "archived") ending = event;
      }
    });
    const conclude = async (): Promise<Ending> => {
      if (strange) throw strange;
      if (ending) return ending;
      const died = new BoxError("monitor-died", "the box's monitor was killed; the box has ended");
      // With an error when something that was said to the other end had not been read yet.
      const closedThere = socket.readableEnded || socket.errored !== null;
      // This end may have been closed as well, by who has heard enough.
      throw (closedThere ? await explanations.get(socket)?.() : undefined) ?? died;
    };
    socket.on("data", (chunk: Buffer) => {
      try {
        decode(chunk);
      } catch (error) {
        strange = new BoxError(
          "monitor-unknown",
          "the box's monitor says what this box does not understand",
          { hint: "another version of box may have started it: restart the box", cause: error },
        );
        socket.destroy();
      }
    });
    socket.on("error", () => undefined);
    const onClose = () => void conclude().then(resolve, reject);
    if (socket.closed) onClose();
    else socket.once("close", onClose);
  });
}

/** Sends a piece of stdin; an empty one is its end. */
export function sendStdin(socket: Socket, data: Uint8Array): void {
  socket.write(encode(Kind.stdin, data));
}

/**
 * Reads a tar of a running box's files: its whole root, or its changes of the image as a layer (OCI image-spec,
 * layer.md).
 * @param socket a conversation for this alone; it is closed in the end.
 * @throws BoxError archive-failed, when it is not whole
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
  const failure = end ? end.failure : "the box ended";
  if (failure === undefined) return;
  throw new BoxError("archive-failed", `the box's files cannot be read: ${failure}`);
}
