import { basename } from "node:path";
import * as z from "zod/mini";
import { BoxConfig } from "../../config/box-config.js";
import { BoxOptions } from "../../config/box-options.js";
import { BoxError } from "../../errors.js";
import { ImageRunConfig } from "../../oci/image.js";
import { readJson, readRecordFile } from "../../host/read.js";
import { boxFiles } from "./files.js";
import { isRecordedName } from "./name.js";

const Binding = z.object({
  address: z.string(),
  hostPort: z.int(),
  guestPort: z.int(),
  protocol: z.enum(["tcp", "udp"]),
});

const Check = z.object({
  argv: z.array(z.string()),
  intervalMs: z.number(),
  timeoutMs: z.number(),
  startPeriodMs: z.number(),
  /** Interval during the start period. */
  startIntervalMs: z.number(),
  retries: z.int(),
});

const Process = z.object({
  argv: z.array(z.string()),
  env: z.array(z.string()),
  cwd: z.string(),
  user: z.string(),
  stdin: z.boolean(),
  tty: z._default(z.boolean(), false),
  groups: z.array(z.string()),
  limits: z.array(z.object({ resource: z.int(), soft: z.int(), hard: z.int() })),
  /** Bit mask, with the kernel's numbers. */
  capabilities: z.int(),
  noNewPrivileges: z.boolean(),
  oomScoreAdj: z.optional(z.int()),
  /** Whether it is process 1 of the box. */
  first: z.boolean(),
});

const BoxImage = z.object({
  reference: z.string(),
  digest: z.string(),
  id: z.string(),
  disk: z.string(),
  /** Default: the host's. */
  platform: z.optional(z.string()),
  /** Its configuration, kept because the image can be removed. */
  config: z.optional(ImageRunConfig),
});

const Sidecar = z.object({
  image: BoxImage,
  /** Where its image begins on the image disk, in bytes. */
  offset: z.int(),
  /** How long it may take until it is ready, in milliseconds. */
  readyLimitMs: z.int(),
  /** Tells whether it is ready. Null: it is once it accepts connections on its port. */
  health: z.nullable(Check),
  process: Process,
});

/** Format version of `box.json` and `state.json`. Incremented for changes that older versions would misread. */
export const RECORD_VERSION = 1;

/** A box's definition, and what was resolved on the host when it was last started (`box.json`). */
export const BoxRecord = z.object({
  version: z.literal(RECORD_VERSION),
  id: z.string(),
  name: z.string(),
  createdAt: z.string(),
  driver: z.enum(["krun", "qemu"]),
  bootLimitMs: z.int(),
  config: BoxConfig,
  options: BoxOptions,
  image: BoxImage,
  /** The sidecar, if it has one. */
  sidecar: z.optional(Sidecar),
  /** Published ports of the current or last run. */
  ports: z.array(Binding),
  /** Ports as requested and exposed: host port 0 and ranges are resolved at each start. */
  wantedPorts: z._default(z.array(z.extend(Binding, { hostLast: z.exactOptional(z.int()) })), []),
  namedVolumes: z.array(
    z.object({
      name: z.string(),
      /** Created for a mount without a name. */
      anonymous: z.boolean(),
      /** Inherited, and anonymous in the box that it comes from. */
      shared: z.exactOptional(z.boolean()),
    }),
  ),
  /** Volumes of the boxes in `options.volumesFrom`, as they were when this box was created. */
  inherited: z.optional(z.array(z.string())),
  /** Requested host paths, and what they resolved to when the box was created. */
  sources: z.optional(z.record(z.string(), z.string())),
  stopSignal: z.int(),
  /** Null: no health checks. Times in milliseconds. */
  health: z._default(z.nullable(Check), null),
  /** The `box run` process that created the box and will launch it (host/owner.ts). */
  runBy: z.optional(z.string()),
  process: Process,
  /** `own`: the filter is in the box's directory. */
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
    shmBytes: z.nullable(z.number().check(z.multipleOf(1))),
    sysctls: z.array(z.object({ path: z.string(), value: z.string() })),
    pidsLimit: z.nullable(z.int()),
    /** Microseconds of CPU time in 100,000. */
    cpuLimit: z.optional(z.int()),
    openPaths: z.boolean(),
    privileged: z.boolean(),
    devices: z.array(z.object({ name: z.string(), path: z.string(), read: z.boolean(), write: z.boolean() })),
  }),
});
export type BoxRecord = z.infer<typeof BoxRecord>;

/** State of a box, written by its monitor (`state.json`). */
export const BoxState = z.object({
  /** `restarting`: the box has exited, and this monitor or the next one is about to start it again. */
  status: z.enum(["created", "running", "restarting", "exited"]),
  startedAt: z.optional(z.string()),
  finishedAt: z.optional(z.string()),
  /** Process of the VMM, if the box is running. */
  pid: z.optional(z.int()),
  /** Whether the programs of the running box are frozen. */
  paused: z.optional(z.boolean()),
  /** Places of the running box on its named networks, by name. */
  addresses: z.optional(
    z.record(
      z.string(),
      z.object({
        /** With prefix length. */
        address: z.string(),
        gateway: z.string(),
        mac: z.string(),
      }),
    ),
  ),
  exitCode: z.optional(z.int()),
  oomKilled: z.optional(z.boolean()),
  error: z.optional(z.string()),
  /** Whether none of the starts of an exited box got as far as its program. */
  neverRan: z.optional(z.boolean()),
  /** Whether a command stopped or killed it. */
  stopped: z.optional(z.boolean()),
  /** Whether the command that stopped it is about to start it. */
  startsAgain: z.optional(z.boolean()),
  /** Restarts by its restart policy since a command started it. */
  restartCount: z.optional(z.int()),
  /** Delay before the last restart, in milliseconds. */
  backoffMs: z.optional(z.int()),
  health: z.optional(
    z.object({
      status: z.enum(["starting", "healthy", "unhealthy"]),
      failingStreak: z.int(),
      /** The last few checks, oldest first. */
      log: z.array(z.object({ start: z.string(), end: z.string(), exitCode: z.int(), output: z.string() })),
    }),
  ),
});
export type BoxState = z.infer<typeof BoxState>;

const Versioned = z.object({ version: z.int() });

/** Whether a box is just being created or removed, and must be ignored. */
const isTransient = (folder: string) => basename(folder).startsWith(".");

function damagedRecord(folder: string, why: string): BoxError {
  return new BoxError("store-unreadable", `${boxFiles(folder).record} is damaged: ${why}`, {
    hint: "restore the file or force the removal of the box",
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

/** Describes the first invalid field. */
function faultOf(issues: readonly { path: readonly PropertyKey[] }[]): string {
  const path = (issues[0]?.path ?? []).map(String);
  const field = path.filter((part) => /^\w+$/.test(part)).join(".");
  return field === "" ? "it is not a box record" : `its ${field} is missing or invalid`;
}

/** @throws BoxError newer-version, store-unreadable */
function parseRecord(folder: string, bytes: Buffer): BoxRecord {
  const json = parseJson(bytes);
  if (json === undefined) throw damagedRecord(folder, "it is not JSON");
  const versioned = Versioned.safeParse(json);
  if (versioned.success && versioned.data.version > RECORD_VERSION) {
    throw new BoxError("newer-version", `${boxFiles(folder).record} was written by a newer version of box`, {
      hint: "update box or force the removal of this box",
    });
  }
  const { success, data, error } = BoxRecord.safeParse(json);
  if (!success) throw damagedRecord(folder, faultOf(error.issues));
  if (isTransient(folder)) return data;
  if (data.id !== basename(folder)) throw damagedRecord(folder, "it belongs to another box");
  if (!isRecordedName(data.name)) throw damagedRecord(folder, "its name is invalid");
  return data;
}

/**
 * Reads the record in a box's directory. Returns undefined if it is missing or the box is being created or removed.
 * @throws BoxError newer-version, store-unreadable
 */
export async function readRecord(folder: string): Promise<BoxRecord | undefined> {
  try {
    const bytes = await readRecordFile(boxFiles(folder).record, (why) => damagedRecord(folder, why));
    return bytes && parseRecord(folder, bytes);
  } catch (error) {
    if (isTransient(folder) && isDamaged(error)) return undefined;
    throw error;
  }
}

/** Whether an error means that a record is invalid, rather than unreadable (another user's, or on a failing disk). */
export function isDamaged(error: unknown): boolean {
  return error instanceof BoxError && error.code === "store-unreadable" && error.cause === undefined;
}

/** Reads the state in a box's directory. Without a state file, the box has never been started and counts as created. */
export async function readState(folder: string): Promise<BoxState> {
  const result = BoxState.safeParse(await readJson(boxFiles(folder).state));
  return result.success ? result.data : { status: "created" };
}
