import { CAPABILITIES } from "../../config/syntax/capability.js";
import { mergeEnv, splitEnv } from "../../config/syntax/env.js";
import { onNamedNetwork } from "../../net/guest-peers.js";
import type { BoxRecord } from "../box/record.js";
import { capabilityMask } from "../box/resolve/capabilities.js";
import {
  encodeFrame,
  FrameType,
  HEADER_BYTES,
  joinOutput,
  MORE,
  nameOf,
  ProtocolError,
  type Frame,
} from "../protocol/guest/frames.js";
import {
  PROTOCOL_VERSION,
  decodeError,
  decodeHello,
  encodeArchive,
  encodeConfigure,
  encodeCopy,
  encodeStart,
  encodeTask,
  type Archive,
  type Copy,
  type Task,
  type TerminalSize,
} from "../protocol/guest/messages.js";
import type { ExecProgram } from "../protocol/control/wire.js";
import type { LastWords } from "./console.js";
import { trace } from "./log.js";
import { createFillLock } from "./fill-lock.js";
import { explainSilence, explainViolation } from "./failure.js";
import type { GuestLink } from "./guest-link.js";
import { createQueue } from "./queue.js";
import type { Session, SessionEvents } from "./session.js";
import { createSessions, MAIN } from "./sessions.js";
import { openWriter } from "./writer.js";
import type { Home } from "../../host/home.js";

export interface GuestEvents extends SessionEvents {
  /** The box's root stands. */
  onConfigured?: () => void;
  lastWords: () => LastWords;
}

/** What a guest is given besides what the record says. */
export interface GuestGiven {
  /** Seccomp filter of the box's programs. */
  filter: Uint8Array | null;
  /** With its prefix, on the named network that the box is on. */
  address?: string | undefined;
  /** There is no workload, and no network: the agent alone is talked to. */
  offline?: true;
}

/** What a session beside the main one is opened for. */
export type Opening =
  | { role: "exec" | "health"; program: ExecProgram }
  /** The agent writes a tar to stdout. */
  | { role: "archive"; archive: Archive }
  /** The agent reads or makes files. */
  | { role: "copy"; copy: Copy }
  /** The agent does something to all programs, or tells of them. */
  | { role: "task"; task: Task };

/** Opens a session. Undefined when there can be none now. */
export type Open = (what: Opening, events: SessionEvents) => Session | undefined;

export interface Guest {
  /** The workload's. */
  main: Session;
  open: Open;
  /** Has the agent write all back and end the VM. */
  shutDown: () => void;
  /** Resolves when nothing more can come from the guest. */
  closed: Promise<void>;
}

/** Bytes that may wait for a guest before what need not be sent one by one waits elsewhere. */
const CLEAR_BYTES = 16_384;
/** Bytes that may wait for a guest when another program is asked for. */
const MOST_WAITING = 8 * 2 ** 20;

/** As Docker has it, a program on a terminal is told of an xterm unless somebody says otherwise. */
function environment(terminal: TerminalSize | null, ...layers: string[][]): string[] {
  return mergeEnv(terminal ? [["TERM", "xterm"]] : [], ...layers.map(splitEnv));
}

/** `--debug-grpc`: a line for each frame. */
function traceFrame(direction: string, type: FrameType, channel: number, bytes: number): void {
  trace(`${direction}: ${nameOf(type)}, channel ${channel}, ${bytes} bytes`);
}

/**
 * Talks to the agent in the guest: configures it as soon as it says hello, starts the workload, carries the streams of
 * sessions. Nothing that the guest sends is taken on faith.
 * @param events of the workload; its failure is that of the box.
 */
export function openGuest(
  home: Home,
  { agent, closed, take }: GuestLink,
  record: BoxRecord,
  { filter, address, offline }: GuestGiven,
  events: GuestEvents,
): Guest {
  const own = offline ? { ...record.guest, network: null } : record.guest;
  const guestConfig = address === undefined ? own : onNamedNetwork(own, address);
  const onFrame = record.config.debugGrpc ? traceFrame : undefined;
  /** What there is to send before the guest gets its CONFIGURE: at most a window of the workload's stdin, and signals. */
  const early = createQueue();
  /** Of the workload's terminal. What is known before the guest has greeted goes with the program's start. */
  let size: TerminalSize = { rows: 0, columns: 0 };
  /** `waiting`: it has greeted, and gets its CONFIGURE when no other box is filling its volumes. */
  let state: "silent" | "waiting" | "greeted" | "configured" | "failed" = "silent";
  let begun = false;
  let blocked = false;
  const fillLock = createFillLock(home, record);

  const silence = setTimeout(
    () => events.onFailure(explainSilence(record.bootLimitMs, events.lastWords())),
    record.bootLimitMs,
  );

  const writer = openWriter(agent, { onTaken: unblock });

  const sender = {
    send: (frame: Buffer) => {
      const type = frame.readUInt8(4) as FrameType;
      onFrame?.("to the guest", type, frame.readUInt16LE(6), frame.length - HEADER_BYTES);
      if (!begun) early.add(frame);
      else writer.write(frame);
    },
    isWritable: () => {
      blocked ||= !begun || writer.waiting() > CLEAR_BYTES;
      return !blocked;
    },
  };

  const sessions = createSessions(sender, { main: offline ? 0 : 1 });

  /** Lets sessions send what had to wait. */
  function unblock(): void {
    if (!blocked || !begun) return;
    blocked = false;
    sessions.flush();
  }

  function startMain(): Buffer[] {
    const { tty, env, ...process } = record.process;
    const terminal = tty ? size : null;
    const start = { ...process, env: environment(terminal, env), terminal, seccomp: filter, main: true };
    return encodeStart(MAIN, start);
  }

  function greet(frame: Frame): void {
    const { version } = decodeHello(frame.payload);
    if (version !== PROTOCOL_VERSION) throw new ProtocolError(`HELLO of version ${version}`);
    state = "waiting";
    clearTimeout(silence);
    fillLock.take(configure, (message) => events.onFailure({ code: "volume-lock", message }));
  }

  function configure(): void {
    if (state !== "waiting") return;
    state = "greeted";
    begun = true;
    const clockNs = BigInt(Date.now()) * 1_000_000n;
    // What is kept, or can be looked at until the next start.
    const persistent = record.config.persistent || !record.options.autoRemove;
    for (const part of encodeConfigure({ ...guestConfig, persistent, clockNs })) sender.send(part);
    if (!offline) for (const part of startMain()) sender.send(part);
    for (const part of early.take()) writer.write(part);
    unblock();
  }

  /** A frame of the box's, not of a session's. */
  function receiveOwn(frame: Frame): void {
    const { type, payload } = frame;
    if (type === FrameType.HELLO && state === "silent") return greet(frame);
    if (type === FrameType.CONFIGURED && state === "greeted" && payload.length === 0) {
      state = "configured";
      fillLock.release();
      return events.onConfigured?.();
    }
    if (type === FrameType.ERROR && state !== "silent") {
      const { code, message } = decodeError(payload);
      state = "failed";
      return events.onFailure({ code, message });
    }
    throw new ProtocolError(`${nameOf(type)} of ${payload.length} bytes on channel 0, which is ${state}`);
  }

  function receive(frame: Frame): void {
    const { type, channel, flags } = frame;
    if ((flags & MORE) !== 0) throw new ProtocolError(`${nameOf(type)} in pieces`);
    if (channel === 0) return receiveOwn(frame);
    const session = sessions.at(channel);
    const where = `${nameOf(type)} on channel ${channel}`;
    if (state !== "configured") throw new ProtocolError(`${where} of a box that is ${state}`);
    if (!session) throw new ProtocolError(`${where}, which is not open`);
    if (session.receive(frame)) sessions.close(channel);
  }

  take({
    onFrames: (frames) => {
      for (const { type, channel, payload } of onFrame ? frames : [])
        onFrame?.("from the guest", type, channel, payload.length);
      for (const frame of joinOutput(frames)) {
        // It has said that it cannot go on: nothing more is expected of it.
        if (state === "failed") return;
        receive(frame);
      }
    },
    onViolation: (why) => {
      state = "failed";
      events.onFailure(explainViolation(why));
    },
  });
  void closed.then(() => {
    clearTimeout(silence);
    fillLock.release();
  });

  function encodeProgram(channel: number, { privileged, ...program }: ExecProgram): Buffer[] {
    const rights = privileged ? { capabilities: capabilityMask(CAPABILITIES), noNewPrivileges: false } : {};
    const terminal = program.terminal ?? null;
    const env = environment(terminal, record.process.env, program.env);
    const rest = { env, terminal, seccomp: privileged ? null : filter, main: false, first: false };
    return encodeStart(channel, { ...record.process, ...program, ...rights, ...rest });
  }

  function encodeOpening(channel: number, what: Opening): Buffer[] {
    switch (what.role) {
      case "archive":
        return encodeArchive(channel, what.archive);
      case "copy":
        return encodeCopy(channel, what.copy);
      case "task":
        return encodeTask(channel, what.task);
      default:
        return encodeProgram(channel, what.program);
    }
  }

  const main = sessions.open("main", events)?.session;
  return {
    main: {
      signal: (signal) => main?.signal(signal),
      stdin: (data) => main?.stdin(data),
      resize: (to) => {
        size = to;
        if (begun) main?.resize(to);
      },
    },
    open: (what, sessionEvents) => {
      if (writer.waiting() + early.bytes() > MOST_WAITING) return undefined;
      const opened = sessions.open(what.role, sessionEvents);
      if (!opened) return undefined;
      for (const part of encodeOpening(opened.channel, what)) sender.send(part);
      return opened.session;
    },
    shutDown: () => sender.send(encodeFrame(FrameType.SHUTDOWN, 0, Buffer.alloc(0))),
    closed,
  };
}
