import { basename } from "node:path";
import * as z from "zod/mini";
import { BoxConfig } from "../../config/box-config.js";
import { BoxOptions } from "../../config/box-options.js";
import { BoxError } from "../../errors.js";
import { readJson, readRecordFile } from "../../host/read.js";
import { boxFiles } from "./files.js";
import { isName } from "./name.js";

const Binding = z.object({
  address: z.string(),
  hostPort: z.int(),
  guestPort: z.int(),
  protocol: z.enum(["tcp", "udp"]),
});

/** Of the form of `box.json`, and of `state.json` beside it. A form that older versions would misread has the next number. */
export const RECORD_VERSION = 1;

/** What a box is made from, and what it found on its host when it was last started (`box.json`). */
export const BoxRecord = z.object({
  version: z.literal(RECORD_VERSION),
  id: z.string(),
  name: z.string(),
  createdAt: z.string(),
  driver: z.enum(["krun", "qemu"]),
  bootLimitMs: z.int(),
  config: BoxConfig,
  options: BoxOptions,
  image: z.object({ reference: z.string(), digest: z.string(), id: z.string(), disk: z.string() }),
  /** The host's ports that it has, or had when it last ran. */
  ports: z.array(Binding),
  /** As asked for and exposed: a host port of 0, or the first of a range, is chosen at each start. */
  wantedPorts: z._default(z.array(z.extend(Binding, { hostLast: z.exactOptional(z.int()) })), []),
  namedVolumes: z.array(z.object({ name: z.string(), anonymous: z.boolean() })),
  /** Paths of the host that it asked for, and what they were without links when it was made. */
  sources: z.optional(z.record(z.string(), z.string())),
  stopSignal: z.int(),
  /** Null: nobody looks after the workload's health. Times in milliseconds. */
  health: z._default(
    z.nullable(
      z.object({
        argv: z.array(z.string()),
        intervalMs: z.number(),
        timeoutMs: z.number(),
        startPeriodMs: z.number(),
        /** Between checks in the start period. */
        startIntervalMs: z.number(),
        retries: z.int(),
      }),
    ),
    null,
  ),
  /** The process of `box run` that launches it as soon as it is made (host/owner.ts). */
  runBy: z.optional(z.string()),
  process: z.object({
    argv: z.array(z.string()),
    env: z.array(z.string()),
    cwd: z.string(),
    user: z.string(),
    stdin: z.boolean(),
    tty: z._default(z.boolean(), false),
    groups: z.array(z.string()),
    limits: z.array(z.object({ resource: z.int(), soft: z.int(), hard: z.int() })),
    /** A bit for each, as the kernel numbers them. */
    capabilities: z.int(),
    noNewPrivileges: z.boolean(),
    /** It is process 1 of the box. */
    first: z.boolean(),
  }),
  /** `own`: the filter is in the box's folder. */
  seccomp: z.enum(["none", "default", "own"]),
  guest: z.object({
    hostname: z.string(),
    hosts: z.string(),
    resolvConf: z.string(),
    tmpfs: z.array(z.object({ path: z.string(), options: z.string() })),
    volumes: z.array(
      z.object({
        name: z.string(),
        path: z.string(),
        readOnly: z.boolean(),
        file: z.boolean(),
        populate: z.boolean(),
      }),
    ),
    network: z.nullable(
      z.object({
        interface: z.string(),
        address: z.string(),
        gateway: z.string(),
        ipv6: z.optional(z.object({ address: z.string(), gateway: z.string() })),
      }),
    ),
    readOnlyRoot: z.boolean(),
    shmBytes: z.nullable(z.int()),
    sysctls: z.array(z.object({ path: z.string(), value: z.string() })),
    pidsLimit: z.nullable(z.int()),
    openPaths: z.boolean(),
    privileged: z.boolean(),
    devices: z.array(z.object({ name: z.string(), path: z.string(), read: z.boolean(), write: z.boolean() })),
  }),
});
export type BoxRecord = z.infer<typeof BoxRecord>;

/** What became of a box: written by its monitor (`state.json`). */
export const BoxState = z.object({
  /** `restarting`: it has ended, and its monitor or the next one is about to start it again. */
  status: z.enum(["created", "running", "restarting", "exited"]),
  startedAt: z.optional(z.string()),
  finishedAt: z.optional(z.string()),
  /** Its programs are frozen, while it runs. */
  paused: z.optional(z.boolean()),
  /** On a named network, while it runs. */
  address: z.optional(z.string()),
  exitCode: z.optional(z.int()),
  oomKilled: z.optional(z.boolean()),
  error: z.optional(z.string()),
  /** A command has stopped or killed it. */
  stopped: z.optional(z.boolean()),
  /** The command that has stopped it is about to start it. */
  startsAgain: z.optional(z.boolean()),
  /** By its restart policy, since a command started it. */
  restartCount: z.optional(z.int()),
  /** The wait before the last of them, in milliseconds. */
  backoffMs: z.optional(z.int()),
  health: z.optional(
    z.object({
      status: z.enum(["starting", "healthy", "unhealthy"]),
      failingStreak: z.int(),
      /** The last few checks, the oldest first. */
      log: z.array(z.object({ start: z.string(), end: z.string(), exitCode: z.int(), output: z.string() })),
    }),
  ),
});
export type BoxState = z.infer<typeof BoxState>;

const Versioned = z.object({ version: z.int() });

/** A box that is being made or removed, and is nobody's business yet or any more. */
const isPassing = (folder: string) => basename(folder).startsWith(".");

function damagedRecord(folder: string, why: string): BoxError {
  return new BoxError("store-unreadable", `${boxFiles(folder).record} is damaged: ${why}`, {
    hint: "restore it, or remove the box by force",
    detail: { box: basename(folder).slice(0, 12) },
  });
}

function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString()) as unknown;
  } catch {
    return undefined;
  }
}

/** The first field that is not as it has to be. */
function faultOf(issues: readonly { path: readonly PropertyKey[] }[]): string {
  const path = (issues[0]?.path ?? []).map(String);
  const field = path.filter((part) => /^\w+$/.test(part)).join(".");
  return field === "" ? "it is not the record of a box" : `its ${field} is missing or invalid`;
}

/** @throws BoxError newer-version, store-unreadable */
function parseRecord(folder: string, bytes: Buffer): BoxRecord {
  const json = parseJson(bytes);
  if (json === undefined) throw damagedRecord(folder, "it is not JSON");
  const versioned = Versioned.safeParse(json);
  if (versioned.success && versioned.data.version > RECORD_VERSION) {
    throw new BoxError("newer-version", `${boxFiles(folder).record} was made by a newer version of box`, {
      hint: "update box, or remove it by force",
    });
  }
  const { success, data, error } = BoxRecord.safeParse(json);
  if (!success) throw damagedRecord(folder, faultOf(error.issues));
  if (isPassing(folder)) return data;
  if (data.id !== basename(folder)) throw damagedRecord(folder, "its record is another box's");
  if (!isName(data.name)) throw damagedRecord(folder, "its name is not a name for a box");
  return data;
}

/**
 * The record of a box folder; undefined when it is missing, and when the box is being made or removed.
 * @throws BoxError newer-version, store-unreadable
 */
export async function readRecord(folder: string): Promise<BoxRecord | undefined> {
  try {
    const bytes = await readRecordFile(boxFiles(folder).record, (why) => damagedRecord(folder, why));
    return bytes && parseRecord(folder, bytes);
  } catch (error) {
    if (isPassing(folder) && isDamaged(error)) return undefined;
    throw error;
  }
}

/** Whether it says that a record can be opened and is none. Another user's, or one on a bad disk, may be a good one. */
export function isDamaged(error: unknown): boolean {
  return error instanceof BoxError && error.code === "store-unreadable" && error.cause === undefined;
}

/** The state of a box folder; a box that never started has none yet and counts as created. */
export async function readState(folder: string): Promise<BoxState> {
  const result = BoxState.safeParse(await readJson(boxFiles(folder).state));
  return result.success ? result.data : { status: "created" };
}
