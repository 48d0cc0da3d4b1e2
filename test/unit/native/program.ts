/** Runs programs in a guest, one per session. */
import { FrameType, encodeFrame } from "../../../src/vm/protocol/guest/frames.js";
import {
  decodeError,
  decodeExit,
  decodeWindow,
  encodeStart,
  encodeWindow,
  type SessionStart,
} from "../../../src/vm/protocol/guest/messages.js";
import type { Vm } from "./vm.js";

const WINDOW = 262_144;

export interface Outcome {
  stdout: Buffer;
  stderr: Buffer;
  started: boolean;
  exit?: ReturnType<typeof decodeExit>;
  error?: ReturnType<typeof decodeError>;
}

/** Docker's capabilities. */
export const CAPABILITIES = 0xa80425fb;

export const START: SessionStart = {
  argv: [],
  env: ["PATH=/bin"],
  cwd: "/",
  user: "",
  stdin: false,
  main: false,
  groups: [],
  limits: [],
  capabilities: CAPABILITIES,
  seccomp: null,
  noNewPrivileges: false,
  first: false,
  terminal: null,
};

export interface ProgramOptions extends Partial<SessionStart> {
  input?: Buffer;
  /** Sent once the program has started. */
  signal?: number;
  channel?: number;
}

let lastChannel = 1;

/** Runs a program until it exits. The test must not start any other program in the guest in the meantime. */
export async function runProgram(vm: Vm, argv: string[], options: ProgramOptions = {}): Promise<Outcome> {
  const { input, signal, channel = ++lastChannel, ...rest } = options;
  let unsent = input ?? Buffer.alloc(0);
  let room = WINDOW;
  let ended = input === undefined;
  const outcome: Outcome = { stdout: Buffer.alloc(0), stderr: Buffer.alloc(0), started: false };
  const pieces: { stdout: Buffer[]; stderr: Buffer[] } = { stdout: [], stderr: [] };

  function feed(): void {
    while (unsent.length > 0 && room > 0) {
      const piece = unsent.subarray(0, Math.min(room, 65_536));
      vm.socket.write(encodeFrame(FrameType.STDIN, channel, piece));
      unsent = unsent.subarray(piece.length);
      room -= piece.length;
    }
    if (unsent.length === 0 && !ended) {
      vm.socket.write(encodeFrame(FrameType.STDIN, channel, Buffer.alloc(0)));
      ended = true;
    }
  }

  function receive(stream: "stdout" | "stderr", data: Buffer): void {
    if (data.length === 0) return;
    pieces[stream].push(data);
    vm.socket.write(encodeWindow(channel, stream === "stdout" ? 1 : 2, data.length));
  }

  const start = { ...START, ...rest, argv, stdin: input !== undefined || (rest.stdin ?? false) };
  for (const part of encodeStart(channel, start)) vm.socket.write(part);
  feed();
  while (outcome.exit === undefined && outcome.error === undefined) {
    const frame = await vm.next();
    // A frame of the main program, which may still be writing its prompt.
    if (frame.channel < channel) continue;
    if (frame.channel > channel) throw new Error(`a frame of type ${frame.type} on ${frame.channel}`);
    switch (frame.type) {
      case FrameType.STARTED:
        outcome.started = true;
        if (signal !== undefined) {
          vm.socket.write(encodeFrame(FrameType.SIGNAL, channel, Buffer.of(signal)));
        }
        break;
      case FrameType.STDOUT:
        receive("stdout", frame.payload);
        break;
      case FrameType.STDERR:
        receive("stderr", frame.payload);
        break;
      case FrameType.WINDOW:
        room += decodeWindow(frame.payload).bytes;
        if (room > WINDOW) throw new Error("WINDOW exceeds the bytes in flight");
        feed();
        break;
      case FrameType.EXIT:
        outcome.exit = decodeExit(frame.payload);
        break;
      case FrameType.ERROR:
        outcome.error = decodeError(frame.payload);
        break;
      default:
        throw new Error(`a frame of type ${frame.type}`);
    }
  }
  outcome.stdout = Buffer.concat(pieces.stdout);
  outcome.stderr = Buffer.concat(pieces.stderr);
  return outcome;
}

/** Runs a shell script. @returns its stdout followed by its stderr, or why it did not start */
export async function shell(vm: Vm, script: string, options: ProgramOptions = {}): Promise<string> {
  const { stdout, stderr, error } = await runProgram(vm, ["sh", "-c", script], options);
  return error ? `${error.code}: ${error.message}` : stdout.toString() + stderr.toString();
}
