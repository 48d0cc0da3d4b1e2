import type { Socket } from "node:net";
import { CAPABILITIES } from "../../config/syntax/capability.js";
import { mergeEnv, splitEnv } from "../../config/syntax/env.js";
import { onNamedNetwork } from "../../net/guest-peers.js";
import type { BoxRecord } from "../box/record.js";
import { capabilityMask } from "../box/resolve/capabilities.js";
import {
  createFrameParser,
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
import { explainRefusal, explainSilence, explainViolation } from "./failure.js";
import { createQueue } from "./queue.js";
import { createSession, type Channel, type Session, type SessionEvents } from "./session.js";
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
  visit?: true;
}

export interface Guest {
  /** The workload's. */
  main: Session;
  /** Opens a session in which the agent writes a tar to stdout. Undefined when there are as many as there can be. */
  archive: (what: Archive, events: SessionEvents) => Session | undefined;
  /** Opens a session in which the agent reads or makes files. Undefined when there are as many as there can be. */
  copy: (copy: Copy, events: SessionEvents) => Session | undefined;
  /** Opens a session in which the agent does something to all programs, or tells of them. The same. */
  task: (task: Task, events: SessionEvents) => Session | undefined;
  /** Opens a session with a program. Undefined when there are as many as there can be. */
  exec: (program: ExecProgram, events: SessionEvents) => Session | undefined;
  /** Has the agent write all back and end the VM. */
  shutDown: () => void;
  /** Resolves when nothing more can come from the guest. */
  closed: Promise<void>;
}

/** The session of the workload itself. */
const MAIN = 1;
/** Of the agent's (docs/protocol.md). */
const MOST_SESSIONS = 128;
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
  agent: Socket,
  record: BoxRecord,
  { filter, address, visit }: GuestGiven,
  events: GuestEvents,
): Guest {
  const own = visit ? { ...record.guest, network: null } : record.guest;
  const guestConfig = address === undefined ? own : onNamedNetwork(own, address);
  const onFrame = record.config.debugGrpc ? traceFrame : undefined;
  const parse = createFrameParser();
  const sessions = new Map<number, Channel>();
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

  const way = {
    send: (frame: Buffer) => {
      const type = frame.readUInt8(4) as FrameType;
      onFrame?.("to the guest", type, frame.readUInt16LE(6), frame.length - HEADER_BYTES);
      if (!begun) early.add(frame);
      else writer.write(frame);
    },
    isClear: () => {
      blocked ||= !begun || writer.waiting() > CLEAR_BYTES;
      return !blocked;
    },
  };

  /** Lets sessions send what had to wait. */
  function unblock(): void {
    if (!blocked || !begun) return;
    blocked = false;
    for (const { flush } of sessions.values()) flush();
  }

  function open(channel: number, sessionEvents: SessionEvents): Session {
    const opened = createSession(channel, way, sessionEvents);
    if (!visit || channel !== MAIN) sessions.set(channel, opened);
    return opened.session;
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
    fillLock.take(configure, (message) => events.onFailure({ code: "volume-lock", message, exitCode: 125 }));
  }

  function configure(): void {
    if (state !== "waiting") return;
    state = "greeted";
    begun = true;
    const clockNs = BigInt(Date.now()) * 1_000_000n;
    // What is kept, or can be looked at until the next start.
    const persistent = record.config.persistent || !record.options.autoRemove;
    for (const part of encodeConfigure({ ...guestConfig, persistent, clockNs })) way.send(part);
    if (!visit) for (const part of startMain()) way.send(part);
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
      return events.onFailure(explainRefusal(code, message));
    }
    throw new ProtocolError(`${nameOf(type)} of ${payload.length} bytes on channel 0, which is ${state}`);
  }

  function receive(frame: Frame): void {
    const { type, channel, flags } = frame;
    if ((flags & MORE) !== 0) throw new ProtocolError(`${nameOf(type)} in pieces`);
    if (channel === 0) return receiveOwn(frame);
    const session = sessions.get(channel);
    const where = `${nameOf(type)} on channel ${channel}`;
    if (state !== "configured") throw new ProtocolError(`${where} of a box that is ${state}`);
    if (!session) throw new ProtocolError(`${where}, which is not open`);
    if (session.receive(frame)) sessions.delete(channel);
  }

  agent.on("data", (chunk: Buffer) => {
    try {
      const frames = parse(chunk);
      for (const { type, channel, payload } of onFrame ? frames : [])
        onFrame?.("from the guest", type, channel, payload.length);
      for (const frame of joinOutput(frames)) {
        // It has said that it cannot go on: nothing more is expected of it.
        if (state === "failed") return;
        receive(frame);
      }
    } catch (error) {
      state = "failed";
      events.onFailure(explainViolation(error instanceof Error ? error.message : String(error)));
      agent.destroy();
    }
  });
  agent.on("error", () => undefined);

  /** A session beside the workload's, on a channel that is free. */
  function openAnother(
    encode: (channel: number) => Buffer[],
    sessionEvents: SessionEvents,
  ): Session | undefined {
    if (sessions.size >= MOST_SESSIONS || writer.waiting() + early.bytes() > MOST_WAITING) return undefined;
    let channel = MAIN + 1;
    while (sessions.has(channel)) channel++;
    const parts = encode(channel);
    const session = open(channel, sessionEvents);
    for (const part of parts) way.send(part);
    return session;
  }

  const { process } = record;
  const main = open(MAIN, events);
  return {
    main: {
      ...main,
      resize: (to) => {
        size = to;
        if (begun) main.resize(to);
      },
    },
    archive: (what, sessionEvents) => openAnother((channel) => encodeArchive(channel, what), sessionEvents),
    copy: (copy, sessionEvents) => openAnother((channel) => encodeCopy(channel, copy), sessionEvents),
    task: (task, sessionEvents) => openAnother((channel) => encodeTask(channel, task), sessionEvents),
    exec: ({ privileged, env, terminal = null, ...program }, sessionEvents) => {
      const rights = privileged ? { capabilities: capabilityMask(CAPABILITIES), noNewPrivileges: false } : {};
      const seccomp = privileged ? null : filter;
      const merged = environment(terminal, process.env, env);
      const rest = { env: merged, terminal, seccomp, main: false, first: false };
      const start = { ...process, ...program, ...rights, ...rest };
      return openAnother((channel) => encodeStart(channel, start), sessionEvents);
    },
    shutDown: () => way.send(encodeFrame(FrameType.SHUTDOWN, 0, Buffer.alloc(0))),
    closed: new Promise((resolve) =>
      agent.once("close", () => {
        clearTimeout(silence);
        fillLock.release();
        resolve();
      }),
    ),
  };
}
