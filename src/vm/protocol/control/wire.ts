/**
 * The stream between a command and the monitor of a box: u32 length (little-endian), u8 kind, payload.
 * Both ends are box itself, run by one user; the guest never writes here.
 */
import type { Archive, Copy, Task, TerminalSize } from "../guest/messages.js";
import { Kind, WIRE_HEADER as HEADER, WIRE_MOST as MAX_LENGTH } from "./table.js";

export { Kind };

/** A program to run in a box beside its workload. What is left out is the workload's. */
export interface ExecProgram {
  argv: string[];
  /** NAME=VALUE; over the workload's, not instead of them. */
  env: string[];
  cwd?: string;
  user?: string;
  stdin: boolean;
  /** Its streams are a terminal. */
  terminal?: TerminalSize;
  /** All capabilities, and no filter of system calls. */
  privileged: boolean;
}

/** From a command to the monitor, each with the `version` that understands it (table.ts). */
export type Request =
  | { op: "attach"; stdin: boolean }
  | { op: "signal"; signal: number }
  /** `again`: whoever asks is going to start it then. */
  | { op: "stop"; signal: number; timeoutMs: number; again?: true }
  /** More time before the box is stopped for its timeout. Answered as a program of its own would be. */
  | { op: "extend"; byMs: number }
  /** The size of the terminal, where the program has one. */
  | { op: "resize"; size: TerminalSize }
  /** The command is about to leave, on purpose. */
  | { op: "detach" }
  /** Asks for a tar on stdout (guest/messages.ts); the answer ends with `archived`. One a conversation. */
  | { op: "archive"; what: Archive }
  /** From here on the conversation is about what the agent does with files, which ends with the conversation. */
  | { op: "copy"; copy: Copy }
  /** The same, about what the agent does to all programs, or tells of them. */
  | { op: "task"; task: Task }
  /** From here on the conversation is about this program. */
  | { op: "exec"; program: ExecProgram };

/** From the monitor: `archived` to whoever asked, the others to every connected command. */
export type Event =
  /** `program`: the one of this conversation, not the workload. */
  | { event: "started"; program?: true }
  /** `failure`: why there is no archive, or no whole one. */
  | { event: "archived"; failure?: string }
  /** `message`: without the subject. */
  | {
      event: "failed";
      code: string;
      message: string;
      subject?: string | undefined;
      hint?: string | undefined;
    }
  /** `reason`: why box ended it, when the workload did not end by itself and nobody asked. */
  | { event: "exited"; exitCode: number; oomKilled: boolean; reason?: string };

export function encode(kind: Kind, payload: Uint8Array): Buffer {
  const message = Buffer.allocUnsafe(HEADER + payload.length);
  message.writeUInt32LE(payload.length, 0);
  message.writeUInt8(kind, 4);
  message.set(payload, HEADER);
  return message;
}

export function encodeJson(value: (Request & { version?: number }) | Event): Buffer {
  return encode(Kind.json, Buffer.from(JSON.stringify(value)));
}

/** Whether a request fits into one message. */
export function fits(request: Request): boolean {
  // The version that is sent with it takes some bytes as well.
  return Buffer.byteLength(JSON.stringify(request)) + 64 <= MAX_LENGTH;
}

/** A grant of `bytes` more bytes of stdin. */
export function encodeWindow(bytes: number): Buffer {
  const payload = Buffer.allocUnsafe(4);
  payload.writeUInt32LE(bytes, 0);
  return encode(Kind.window, payload);
}

/**
 * Cuts a stream of chunks into messages.
 * The returned function tells how many bytes wait for the rest of a message; it throws when the peer does not speak this protocol.
 */
export function createDecoder(onMessage: (kind: Kind, payload: Buffer) => void): (chunk: Buffer) => number {
  let pending: Buffer[] = [];
  let have = 0;
  let want = HEADER;
  return (chunk) => {
    pending.push(chunk);
    have += chunk.length;
    // A long message comes in many chunks: they are joined once.
    if (have < want) return have;
    let data = pending.length === 1 ? chunk : Buffer.concat(pending);
    for (;;) {
      want = HEADER;
      if (data.length < want) break;
      const length = data.readUInt32LE(0);
      const kind = data.readUInt8(4);
      if (length > MAX_LENGTH || kind > Kind.window) throw new Error("not a message of box");
      want = HEADER + length;
      if (data.length < want) break;
      onMessage(kind as Kind, data.subarray(HEADER, want));
      data = data.subarray(want);
    }
    pending = data.length > 0 ? [data] : [];
    have = data.length;
    return have;
  };
}
