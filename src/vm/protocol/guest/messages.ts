/** The messages of docs/protocol.md that consist of records, host side. */
import type { GuestNetwork } from "../../../net/guest-network.js";
import type { GuestPeers } from "../../../net/guest-peers.js";
import { encodeFile, isFileRequest, type FileRequest } from "./file-request.js";
import { encodeFrame, encodeMessage, FrameType, ProtocolError } from "./frames.js";
import {
  ArchiveKind,
  ConfigureTag,
  CopyFlag,
  CopyKind,
  DeviceAccess,
  DialKind,
  ErrorTag,
  ExitFlag,
  ExitKind,
  HelloTag,
  LimitResource,
  NetworkAction,
  StartFlag,
  StartTag,
  TaskKind,
  VolumeFlag,
} from "./table.js";

export { NO_SUCH_PATH, PROTOCOL_VERSION } from "./table.js";

/** Configuration that the guest needs before a program runs: CONFIGURE. */
export interface GuestConfig {
  hostname: string;
  /** Content of /etc/hosts. */
  hosts: string;
  /** Content of /etc/resolv.conf. */
  resolvConf: string;
  tmpfs: { path: string; options: string }[];
  /** `name` is the volume's name in the share. */
  volumes: { name: string; path: string; readOnly: boolean; file: boolean; populate: boolean }[];
  /** Address with prefix; null with TSI or without a network. */
  network: GuestNetwork | null;
  /** Named networks, in addition. */
  peers?: GuestPeers | undefined;
  readOnlyRoot: boolean;
  clockNs: bigint;
  /** Size of /dev/shm in bytes; null: the agent's default, 64 MiB. */
  shmBytes: number | null;
  /** `path` is relative to /proc/sys. */
  sysctls: { path: string; value: string }[];
  /** Maximum number of processes and threads; null: no limit. */
  pidsLimit: number | null;
  /** Microseconds of CPU time in 100,000; undefined: no limit. */
  cpuLimit?: number | undefined;
  /** The kernel's paths in /proc and /sys are neither hidden nor read-only. */
  openPaths: boolean;
  /** All devices of the guest, a writable /sys, and open paths. */
  privileged: boolean;
  /** `name` is a device of the guest kernel, relative to /dev. */
  devices: { name: string; path: string; read: boolean; write: boolean }[];
  /** The writable layer is kept, so the page cache is written back when the workload has exited. */
  persistent: boolean;
}

/** The resource's number in setrlimit(2); -1 is unlimited. */
export interface ResourceLimit {
  resource: number;
  soft: number;
  hard: number;
}

/** Size of a terminal in characters; 0 if unknown. */
export interface TerminalSize {
  rows: number;
  columns: number;
}

/** A program to run: START. */
export interface SessionStart {
  argv: string[];
  /** `NAME=value`, complete and in order. */
  env: string[];
  cwd: string;
  /** `user[:group]`, names or numbers; empty is root. */
  user: string;
  stdin: boolean;
  main: boolean;
  /** Supplementary groups, names or numbers. */
  groups: string[];
  limits: ResourceLimit[];
  /** Bounding set, one bit per capability; root gets all of them, other users none. */
  capabilities: number;
  /** Flags (u32) and program for seccomp(2), as written by box-seccomp. */
  seccomp: Uint8Array | null;
  noNewPrivileges: boolean;
  /** With `main`: the program is process 1 of the box rather than a child of the agent's init. */
  first: boolean;
  /** -1000 to 1000; undefined: that of the agent. */
  oomScoreAdj?: number | undefined;
  /** Size of its terminal; null: its streams are pipes. */
  terminal: TerminalSize | null;
}

function record(tag: number, value: string | Uint8Array): Buffer {
  const bytes = typeof value === "string" ? Buffer.from(value) : value;
  const head = Buffer.allocUnsafe(5);
  head.writeUInt8(tag, 0);
  head.writeUInt32LE(bytes.length, 1);
  return Buffer.concat([head, bytes]);
}

function u32(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(4);
  bytes.writeUInt32LE(value, 0);
  return bytes;
}

function i32(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(4);
  bytes.writeInt32LE(value, 0);
  return bytes;
}

function u64(value: bigint): Buffer {
  const bytes = Buffer.allocUnsafe(8);
  bytes.writeBigUInt64LE(value, 0);
  return bytes;
}

const u64OrUnlimited = (value: number) => u64(value < 0 ? 0xffff_ffff_ffff_ffffn : BigInt(value));

/** Encodes a CONFIGURE as frames. */
export function encodeConfigure(config: GuestConfig): Buffer[] {
  const { network, peers } = config;
  const records = [
    record(ConfigureTag.HOSTNAME, config.hostname),
    record(ConfigureTag.HOSTS, config.hosts),
    record(ConfigureTag.RESOLV_CONF, config.resolvConf),
    ...config.tmpfs.map(({ path, options }) => record(ConfigureTag.TMPFS, `${path}\0${options}`)),
    ...config.volumes.map(({ name, path, readOnly, file, populate }) => {
      const flags =
        (readOnly ? VolumeFlag.READ_ONLY : 0) |
        (file ? VolumeFlag.FILE : 0) |
        (populate ? VolumeFlag.POPULATE : 0);
      return record(ConfigureTag.VOLUME, Buffer.concat([Buffer.of(flags), Buffer.from(`${name}\0${path}`)]));
    }),
    ...(network ? [network, ...(network.ipv6 ? [network.ipv6] : [])] : []).map(({ address, gateway }) =>
      record(ConfigureTag.NETWORK, `${network?.interface ?? ""}\0${address}\0${gateway}`),
    ),
    ...(peers?.addresses ?? []).map((address) =>
      record(ConfigureTag.NETWORK, `${peers?.interface ?? ""}\0${address}\0`),
    ),
    ...(peers?.networkServers ?? []).map((address) => record(ConfigureTag.NETWORK_SERVER, address)),
    ...(peers?.nameServers ?? []).map((address) => record(ConfigureTag.NAMESERVER, address)),
    ...(config.readOnlyRoot ? [record(ConfigureTag.READ_ONLY, Buffer.of(1))] : []),
    ...(config.shmBytes === null ? [] : [record(ConfigureTag.SHM_SIZE, u64(BigInt(config.shmBytes)))]),
    record(ConfigureTag.CLOCK, u64(config.clockNs)),
    ...config.sysctls.map(({ path, value }) => record(ConfigureTag.SYSCTL, `${path}\0${value}`)),
    ...(config.pidsLimit === null ? [] : [record(ConfigureTag.PIDS_LIMIT, u32(config.pidsLimit))]),
    ...(config.cpuLimit === undefined ? [] : [record(ConfigureTag.CPU_LIMIT, u32(config.cpuLimit))]),
    ...(config.openPaths ? [record(ConfigureTag.OPEN_PATHS, Buffer.of(1))] : []),
    ...(config.privileged ? [record(ConfigureTag.PRIVILEGED, Buffer.of(1))] : []),
    ...config.devices.map(({ name, path, read, write }) =>
      record(
        ConfigureTag.DEVICE,
        Buffer.concat([
          Buffer.of((read ? DeviceAccess.READ : 0) | (write ? DeviceAccess.WRITE : 0)),
          Buffer.from(`${name}\0${path}`),
        ]),
      ),
    ),
    ...(config.persistent ? [record(ConfigureTag.PERSISTENT, Buffer.of(1))] : []),
  ];
  return encodeMessage(FrameType.CONFIGURE, 0, Buffer.concat(records));
}

function encodeSize({ rows, columns }: TerminalSize): Buffer {
  const bytes = Buffer.allocUnsafe(4);
  bytes.writeUInt16LE(rows, 0);
  bytes.writeUInt16LE(columns, 2);
  return bytes;
}

function startFlags({ stdin, main, noNewPrivileges, first }: SessionStart): number {
  return (
    (stdin ? StartFlag.STDIN : 0) |
    (main ? StartFlag.MAIN : 0) |
    (noNewPrivileges ? StartFlag.NO_NEW_PRIVS : 0) |
    (first ? StartFlag.FIRST : 0)
  );
}

/** Encodes a START for a program as frames. */
export function encodeStart(channel: number, session: SessionStart): Buffer[] {
  const records = [
    ...session.argv.map((word) => record(StartTag.ARGV, word)),
    ...session.env.map((entry) => record(StartTag.ENV, entry)),
    record(StartTag.CWD, session.cwd),
    record(StartTag.USER, session.user),
    record(StartTag.FLAGS, u32(startFlags(session))),
    ...session.groups.map((group) => record(StartTag.GROUP, group)),
    ...session.limits.map(({ resource, soft, hard }) =>
      record(
        StartTag.RLIMIT,
        Buffer.concat([Buffer.of(resource), u64OrUnlimited(soft), u64OrUnlimited(hard)]),
      ),
    ),
    record(StartTag.CAPABILITIES, u64(BigInt(session.capabilities))),
    ...(session.oomScoreAdj === undefined ? [] : [record(StartTag.OOM_SCORE_ADJ, i32(session.oomScoreAdj))]),
    ...(session.seccomp ? [record(StartTag.SECCOMP, session.seccomp)] : []),
    ...(session.terminal ? [record(StartTag.TERMINAL, encodeSize(session.terminal))] : []),
  ];
  return encodeMessage(FrameType.START, channel, Buffer.concat(records));
}

/**
 * Tar archives written by an agent session: the box's whole root; its changes relative to the image, as a layer; the
 * same, with writers to the root blocked meanwhile.
 */
const ARCHIVES = {
  root: ArchiveKind.ROOT,
  changes: ArchiveKind.CHANGES,
  "still-changes": ArchiveKind.STILL_CHANGES,
} as const;
export type Archive = keyof typeof ARCHIVES;

/** Encodes a START for an archive as frames. */
export function encodeArchive(channel: number, what: Archive): Buffer[] {
  return encodeMessage(FrameType.START, channel, record(StartTag.ARCHIVE, Buffer.of(ARCHIVES[what])));
}

const COPIES = { read: CopyKind.READ, write: CopyKind.WRITE, look: CopyKind.LOOK } as const;

/** A copy of files from or to the box by an agent session, as a tar on its streams. */
export interface TarCopy {
  /**
   * read: writes a tar of the path; look: writes only the tar's top entry, with the resolved path and without contents;
   * write: unpacks a tar into the existing directory at the path.
   */
  kind: keyof typeof COPIES;
  path: string;
  /** read, look: name of the tar's top entry. */
  name: string;
  /** read, look: follow a link at the end of the path. */
  follow: boolean;
  /** write: keep the owners in the tar; otherwise root owns everything. */
  keepOwners: boolean;
}

/** An operation on the box's files by an agent session. */
export type Copy = TarCopy | FileRequest;

function encodeFileStart(channel: number, request: FileRequest): Buffer[] {
  const records = [
    record(StartTag.FLAGS, u32(request.kind === "write-file" ? StartFlag.STDIN : 0)),
    record(StartTag.FILE, encodeFile(request)),
  ];
  return encodeMessage(FrameType.START, channel, Buffer.concat(records));
}

/** Encodes a START for a copy or a file operation as frames. */
export function encodeCopy(channel: number, copy: Copy): Buffer[] {
  if (isFileRequest(copy)) return encodeFileStart(channel, copy);
  const { kind, path, name, follow, keepOwners } = copy;
  const what = Buffer.of(
    COPIES[kind],
    (follow ? CopyFlag.FOLLOW : 0) | (keepOwners ? CopyFlag.KEEP_OWNERS : 0),
  );
  const records = [
    record(StartTag.FLAGS, u32(kind === "write" ? StartFlag.STDIN : 0)),
    record(StartTag.COPY, Buffer.concat([what, Buffer.from(`${path}\0${name}`)])),
  ];
  return encodeMessage(FrameType.START, channel, Buffer.concat(records));
}

/**
 * A connection to a TCP port on the guest's loopback interface. connect: its streams are the session's; await: the
 * session ends with exit code 0 once the port accepts connections.
 */
export interface Dial {
  kind: "connect" | "await";
  port: number;
}

const DIALS = { connect: DialKind.CONNECT, await: DialKind.AWAIT } as const;

/** Encodes a START for a connection as frames. */
export function encodeDial(channel: number, { kind, port }: Dial): Buffer[] {
  const records = [
    record(StartTag.FLAGS, u32(kind === "connect" ? StartFlag.STDIN : 0)),
    record(StartTag.DIAL, Buffer.of(DIALS[kind], port & 0xff, port >> 8)),
  ];
  return encodeMessage(FrameType.START, channel, Buffer.concat(records));
}

/** How the agent starts a sidecar. */
export interface SidecarStart {
  /** Where its image begins on the image disk, in bytes. */
  offset: number;
  /** Port to which the box's TCP connections are redirected; 0: they are not. */
  redirectTo: number;
}

/** Encodes a SIDECAR, which starts the agent of the sidecar. */
export function encodeSidecar({ offset, redirectTo }: SidecarStart): Buffer {
  const port = Buffer.of(redirectTo & 0xff, redirectTo >> 8);
  return encodeFrame(FrameType.SIDECAR, 0, Buffer.concat([u64(BigInt(offset)), port]));
}

/** An operation on, or a query about, all programs of the box, or its network. */
export type Task =
  | { kind: "freeze" | "thaw" | "processes" | "usage" }
  /** `value`: processes and threads, or microseconds of CPU time in 100,000; 0: no limit. */
  | { kind: "limit"; resource: "pids" | "cpu"; value: number }
  /** `address` has a prefix length; `server`: the network's name server. */
  | { kind: "network"; action: "add" | "remove"; interface: string; address: string; server: string };

const TASKS = {
  freeze: TaskKind.FREEZE,
  thaw: TaskKind.THAW,
  processes: TaskKind.PROCESSES,
  usage: TaskKind.USAGE,
  limit: TaskKind.LIMIT,
  network: TaskKind.NETWORK,
} as const;
const NETWORK_ACTIONS = { add: NetworkAction.ADD, remove: NetworkAction.REMOVE } as const;
const RESOURCES = { pids: LimitResource.PIDS, cpu: LimitResource.CPU } as const;

/** Encodes a START for a task as frames. */
export function encodeTask(channel: number, task: Task): Buffer[] {
  const value: Buffer[] = [Buffer.of(TASKS[task.kind])];
  if (task.kind === "limit") value.push(Buffer.of(RESOURCES[task.resource]), u32(task.value));
  if (task.kind === "network") {
    const { action, address, server } = task;
    value.push(Buffer.of(NETWORK_ACTIONS[action]), Buffer.from(`${task.interface}\0${address}\0${server}`));
  }
  // The guest's clock may have fallen behind.
  if (task.kind === "thaw") value.push(u64(BigInt(Date.now()) * 1_000_000n));
  return encodeMessage(FrameType.START, channel, record(StartTag.TASK, Buffer.concat(value)));
}

/** Encodes a WINDOW, which returns window space on a stream (0 stdin, 1 stdout, 2 stderr). */
export function encodeWindow(channel: number, stream: number, bytes: number): Buffer {
  return encodeFrame(FrameType.WINDOW, channel, Buffer.concat([Buffer.of(stream), u32(bytes)]));
}

/** Encodes a RESIZE with the new size of a session's terminal. */
export function encodeResize(channel: number, size: TerminalSize): Buffer {
  return encodeFrame(FrameType.RESIZE, channel, encodeSize(size));
}

/** Reads a sequence of records; if a tag is repeated, the first one counts. */
function readRecords(payload: Buffer, what: string): Map<number, Buffer> {
  const records = new Map<number, Buffer>();
  let rest = payload;
  while (rest.length > 0) {
    const length = rest.length >= 5 ? rest.readUInt32LE(1) : Infinity;
    if (rest.length < 5 + length) throw new ProtocolError(`truncated ${what}`);
    const tag = rest.readUInt8(0);
    if (!records.has(tag)) records.set(tag, rest.subarray(5, 5 + length));
    rest = rest.subarray(5 + length);
  }
  return records;
}

/** @throws ProtocolError */
export function decodeHello(payload: Buffer): { version: number } {
  const version = readRecords(payload, "HELLO").get(HelloTag.VERSION);
  if (version?.length !== 2) throw new ProtocolError("HELLO without a version");
  return { version: version.readUInt16LE(0) };
}

/** @throws ProtocolError */
export function decodeStarted(payload: Buffer): { pid: number } {
  if (payload.length !== 4) throw new ProtocolError("malformed STARTED");
  return { pid: payload.readUInt32LE(0) };
}

/** @throws ProtocolError */
export function decodeError(payload: Buffer): { code: string; message: string } {
  const records = readRecords(payload, "ERROR");
  const code = records.get(ErrorTag.CODE)?.toString("latin1") ?? "";
  if (!/^[a-z-]{1,32}$/.test(code)) throw new ProtocolError("ERROR without a valid code");
  return { code, message: records.get(ErrorTag.MESSAGE)?.toString("utf8", 0, 4096) ?? code };
}

/** @throws ProtocolError */
export function decodeExit(payload: Buffer): { code: number; signal?: number; oomKilled: boolean } {
  const [kind, value = 0, flags = 0] = payload;
  const killed = kind === ExitKind.KILLED;
  if (payload.length !== 3 || (kind !== ExitKind.EXITED && !killed))
    throw new ProtocolError("malformed EXIT");
  const oomKilled = (flags & ExitFlag.OOM_KILLED) !== 0;
  return killed ? { code: 0, signal: value & 0x7f, oomKilled } : { code: value, oomKilled };
}

/** @throws ProtocolError */
export function decodeWindow(payload: Buffer): { stream: number; bytes: number } {
  const [stream = 0xff] = payload;
  if (payload.length !== 5 || stream > 2) throw new ProtocolError("malformed WINDOW");
  return { stream, bytes: payload.readUInt32LE(1) };
}
