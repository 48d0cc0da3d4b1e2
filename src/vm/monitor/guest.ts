import { CAPABILITIES } from "../../config/syntax/capability.js";
import { mergeEnv, readEnv } from "../../config/syntax/env.js";
import { onNamedNetworks } from "../../net/guest-peers.js";
import type { NetworkPlace } from "../../net/membership.js";
import type { BoxRecord } from "../box/record.js";
import { capabilityMask } from "../box/resolve/capabilities.js";
import {
  encodeFrame,
  FOR_SIDECAR,
  FrameType,
  HEADER_BYTES,
  joinOutput,
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
  encodeDial,
  encodeStart,
  encodeTask,
  type Archive,
  type Copy,
  type Dial,
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
import { BUSY, FULL, notReady } from "./not-ready.js";
import { createSessions, MAIN } from "./sessions.js";
import { openWriter, type Writer } from "./writer.js";
import type { Home } from "../../host/home.js";

export interface GuestEvents extends SessionEvents {
  /** The box's root file system is set up. */
  onConfigured?: () => void;
  lastWords: () => LastWords;
}

/** Parameters of a guest that are not in the record. */
export interface GuestGiven {
  /** Seccomp filter for the box's programs. */
  filter: Uint8Array | null;
  /** The box's places on its named networks, by name. */
  places?: Record<string, NetworkPlace> | undefined;
  /** For an offline session: no workload and no network, only the agent. */
  offline?: true;
  /** For the guest of a sidecar, which the box's own has already set up: its frames have this flag. */
  mark?: typeof FOR_SIDECAR | undefined;
  /** The workload is not started before `begin`. */
  held?: boolean | undefined;
}

/** The purpose of a session other than the main one. */
export type Opening =
  /** `sidecar`: beside the sidecar's program instead of the workload. */
  | { role: "exec" | "health"; program: ExecProgram; sidecar?: true | undefined }
  /** The agent writes a tar to stdout. */
  | { role: "archive"; archive: Archive }
  /** The agent connects to a port. */
  | { role: "dial"; dial: Dial }
  /** The agent reads or writes files. */
  | { role: "copy"; copy: Copy }
  /** The agent performs an operation on, or a query about, all programs. */
  | { role: "task"; task: Task };

/** Opens a session. If none can be opened now, reports the reason as its failure and returns undefined. */
export type Open = (what: Opening, events: SessionEvents) => Session | undefined;

export interface Guest {
  /** The workload's session. */
  main: Session;
  open: Open;
  /** Starts the workload, if it was held. */
  begin: () => void;
  /** Asks the agent to write back all data and shut down the VM. */
  shutDown: () => void;
  /** Resolves when the stream from the guest is closed. */
  closed: Promise<void>;
}

/** Bytes that may be queued for the guest before sessions hold back messages that can be coalesced. */
const CLEAR_BYTES = 16_384;
/** Bytes that may be queued for the guest when another session is opened. */
const MOST_WAITING = 8 * 2 ** 20;

/** Like Docker, sets TERM to xterm for a program on a terminal unless it is set otherwise. */
function environment(terminal: TerminalSize | null, ...layers: string[][]): string[] {
  return mergeEnv(terminal ? [["TERM", "xterm"]] : [], ...layers.map(readEnv));
}

/** Logs one line per frame, for `--debug-grpc`. */
function traceFrame(direction: string, type: FrameType, channel: number, bytes: number): void {
  trace(`${direction}: ${nameOf(type)}, channel ${channel}, ${bytes} bytes`);
}

/**
 * Communicates with the agent in the guest: configures it upon its HELLO, starts the workload, and carries the streams
 * of sessions. Nothing that the guest sends is trusted.
 * @param events events of the workload; its failure is the box's failure
 */
export function openGuest(
  home: Home,
  { agent, closed, take }: GuestLink,
  record: BoxRecord,
  { filter, places = {}, offline, mark, held = false }: GuestGiven,
  events: GuestEvents,
): Guest {
  const own = offline ? { ...record.guest, network: null } : record.guest;
  const onNetworks = Object.values(places);
  const guestConfig = onNetworks.length === 0 ? own : onNamedNetworks(own, onNetworks);
  const onFrame = record.config.debugGrpc ? traceFrame : undefined;
  /** Frames to send when the workload is started: at most one window of the workload's stdin, and signals. */
  const early = createQueue();
  /** Size of the workload's terminal. A size known before HELLO is sent with START. */
  let size: TerminalSize = { rows: 0, columns: 0 };
  /** `waiting`: HELLO has arrived, but another box is still filling a volume, so CONFIGURE has not been sent. */
  let state: "silent" | "waiting" | "greeted" | "configured" | "failed" = "silent";
  let begun = false;
  let blocked = false;
  const fillLock = createFillLock(home, record);

  const silence = setTimeout(
    () => events.onFailure(explainSilence(record.bootLimitMs, events.lastWords())),
    record.bootLimitMs,
  );

  let opened: Writer | undefined;
  const writer = (): Writer => (opened ??= openWriter(agent(), { onTaken: unblock }));

  function finish(frame: Buffer): Buffer {
    const type = frame.readUInt8(4) as FrameType;
    onFrame?.("to the guest", type, frame.readUInt16LE(6), frame.length - HEADER_BYTES);
    if (mark !== undefined) frame.writeUInt8(frame.readUInt8(5) | mark, 5);
    return frame;
  }

  const sender = {
    send: (frame: Buffer) => {
      if (!begun) early.add(finish(frame));
      else writer().write(finish(frame));
    },
    isWritable: () => {
      blocked ||= !begun || writer().waiting() > CLEAR_BYTES;
      return !blocked;
    },
  };

  const sessions = createSessions(sender, { main: offline ? 0 : 1 });

  /** Lets sessions send what they held back. */
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
    if (version !== PROTOCOL_VERSION) throw new ProtocolError(`HELLO with version ${version}`);
    state = "waiting";
    clearTimeout(silence);
    fillLock.take(configure, (message) => events.onFailure({ code: "volume-lock", message }));
  }

  function configure(): void {
    if (state !== "waiting") return;
    state = "greeted";
    const clockNs = mark === undefined ? BigInt(Date.now()) * 1_000_000n : 0n;
    // The layer is kept, or can be inspected until the next start.
    const persistent = mark === undefined && (record.config.persistent || !record.options.autoRemove);
    for (const part of encodeConfigure({ ...guestConfig, persistent, clockNs })) writer().write(finish(part));
    if (!held) begin();
  }

  function begin(): void {
    begun = true;
    if (!offline) for (const part of startMain()) sender.send(part);
    for (const part of early.take()) writer().write(part);
    unblock();
  }

  /** Handles a frame on channel 0, which belongs to the box rather than a session. */
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
    throw new ProtocolError(`${nameOf(type)} of ${payload.length} bytes on channel 0 in state ${state}`);
  }

  function receive(frame: Frame): void {
    const { type, channel, flags } = frame;
    if (flags !== 0) throw new ProtocolError(`${nameOf(type)} with flags ${flags}`);
    if (channel === 0) return receiveOwn(frame);
    const session = sessions.at(channel);
    const where = `${nameOf(type)} on channel ${channel}`;
    if (state !== "configured") throw new ProtocolError(`${where} in state ${state}`);
    if (!session) throw new ProtocolError(`${where}, which is not open`);
    if (session.receive(frame)) sessions.close(channel);
  }

  take({
    onFrames: (frames) => {
      for (const { type, channel, payload } of onFrame ? frames : [])
        onFrame?.("from the guest", type, channel, payload.length);
      for (const frame of joinOutput(frames)) {
        // The guest has reported a fatal error: ignore anything that follows.
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
      case "dial":
        return encodeDial(channel, what.dial);
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
      if ((opened?.waiting() ?? 0) + early.bytes() > MOST_WAITING) return notReady(sessionEvents, BUSY);
      const beside = sessions.open(what.role, sessionEvents);
      if (!beside) return notReady(sessionEvents, FULL);
      for (const part of encodeOpening(beside.channel, what)) sender.send(part);
      return beside.session;
    },
    begin,
    shutDown: () => sender.send(encodeFrame(FrameType.SHUTDOWN, 0, Buffer.alloc(0))),
    closed,
  };
}
