/**
 * The stream between a command and the monitor of a box: u32 length (little-endian), u8 kind, payload.
 * Both ends are box itself, run by the same user; the guest never writes to it.
 */
import type { Membership, NamesOn } from "../../../net/membership.js";
import type { Archive, Copy, Task, TerminalSize } from "../guest/messages.js";
import { Kind, WIRE_HEADER as HEADER, WIRE_MOST as MAX_LENGTH } from "./table.js";

export { Kind };

/** A program to run in a box alongside its workload. Omitted fields are inherited from the workload. */
export interface ExecProgram {
  argv: string[];
  /** NAME=VALUE; added to the workload's variables, overriding those of the same name. */
  env: string[];
  cwd?: string;
  user?: string;
  stdin: boolean;
  /** Size of its terminal, if its streams are one. */
  terminal?: TerminalSize;
  /** All capabilities, and no seccomp filter. */
  privileged: boolean;
}

/** A change to the networks of a running box; it leaves first. */
export interface NetworkChange {
  enter?: Membership;
  leave?: { network: string; key: string };
}

/** From a command to the monitor, each with the `version` that supports it (table.ts). */
export type Request =
  | { op: "attach"; stdin: boolean }
  | { op: "signal"; signal: number }
  /** `again`: the command will start the box again afterwards. */
  | { op: "stop"; signal: number; timeoutMs: number; again?: true }
  /** Extends the box's timeout. Answered in the same way as a program's conversation. */
  | { op: "extend"; byMs: number }
  /** Changes the box's networks. Answered in the same way as a program's conversation. */
  | { op: "networks"; change: NetworkChange }
  /** Changes the box's names on its networks. Answered in the same way as a program's conversation. */
  | { op: "names"; names: NamesOn[] }
  /** The size of the program's terminal, if it has one. */
  | { op: "resize"; size: TerminalSize }
  /** The command is about to disconnect intentionally. */
  | { op: "detach" }
  /** Requests a tar on stdout (guest/messages.ts); the response ends with `archived`. One per conversation. */
  | { op: "archive"; what: Archive }
  /** Dedicates the conversation to an operation on files by the agent, which ends with the conversation. */
  | { op: "copy"; copy: Copy }
  /** Dedicates the conversation to an operation on, or a query about, all programs. */
  | { op: "task"; task: Task }
  /** Dedicates the conversation to this program. `sidecar`: it runs beside the sidecar's program. */
  | { op: "exec"; program: ExecProgram; sidecar?: true | undefined };

/** An error. `message` does not include the subject. */
export interface FailedEvent {
  event: "failed";
  code: string;
  message: string;
  subject?: string | undefined;
  hint?: string | undefined;
}

/** From the monitor: `archived` to the command that requested it, the others to every connected command. */
export type Event =
  /** `program`: the program of this conversation rather than the workload. */
  | { event: "started"; program?: true }
  /** `failure`: why the archive is missing or incomplete. */
  | { event: "archived"; failure?: string }
  | FailedEvent
  /** `reason`: why box ended the workload, if neither the workload nor a command did. */
  | { event: "exited"; exitCode: number; oomKilled: boolean; reason?: string };

export function encode(kind: Kind, payload: Uint8Array): Buffer {
  const message = Buffer.allocUnsafe(HEADER + payload.length);
  message.writeUInt32LE(payload.length, 0);
  message.writeUInt8(kind, 4);
  message.set(payload, HEADER);
  return message;
}

export function encodeMessage(value: object): Buffer {
  return encode(Kind.json, Buffer.from(JSON.stringify(value)));
}

export function encodeJson(value: (Request & { version?: number }) | Event): Buffer {
  return encodeMessage(value);
}

/** Whether a request fits into one message. */
export function fits(request: Request): boolean {
  // Leave space for the version that is sent with it.
  return Buffer.byteLength(JSON.stringify(request)) + 64 <= MAX_LENGTH;
}

/** Grants `bytes` more bytes of stdin. */
export function encodeWindow(bytes: number): Buffer {
  const payload = Buffer.allocUnsafe(4);
  payload.writeUInt32LE(bytes, 0);
  return encode(Kind.window, payload);
}

/**
 * Splits a stream of chunks into messages.
 * @returns a function that returns the number of buffered bytes of an incomplete message; it throws if the peer does
 *   not follow this protocol
 */
export function createDecoder(onMessage: (kind: Kind, payload: Buffer) => void): (chunk: Buffer) => number {
  let pending: Buffer[] = [];
  let have = 0;
  let want = HEADER;
  return (chunk) => {
    pending.push(chunk);
    have += chunk.length;
    // A long message arrives in many chunks: concatenate them only once.
    if (have < want) return have;
    let data = pending.length === 1 ? chunk : Buffer.concat(pending);
    for (;;) {
      want = HEADER;
      if (data.length < want) break;
      const length = data.readUInt32LE(0);
      const kind = data.readUInt8(4);
      if (length > MAX_LENGTH || kind > Kind.window) throw new Error("not a valid message");
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
