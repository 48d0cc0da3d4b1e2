import { abortable } from "../host/abort.js";
import { defer, resultsUntil } from "../host/iterate.js";
import type { Survey, UnreadableBox } from "../vm/box/find.js";
import type { AttachOptions } from "./boxes/join.js";
import type { Box, BoxRef, Context } from "./context.js";
import type { CommitOptions } from "./boxes/commit.js";
import type { CopyOptions } from "./boxes/copy.js";
import type { DiffOptions, FileChange } from "./boxes/diff.js";
import type { ExecOptions } from "./boxes/exec.js";
import type { ExportOptions } from "./boxes/export.js";
import type {
  FileEntry,
  FileEvent,
  FilesOptions,
  FileStatOptions,
  MkdirOptions,
  ReadOptions,
  RemoveOptions as RemoveFileOptions,
  WatchOptions,
  WriteOptions,
} from "./boxes/files.js";
import type { InspectedBox, InspectOptions } from "./boxes/inspect.js";
import type { LogEntry, LogsOptions } from "./boxes/logs.js";
import type { BoxBytes } from "./boxes/measure.js";
import type { BoxProcesses } from "./boxes/processes.js";
import type { Pruned } from "./boxes/prune.js";
import type { RemoveOptions } from "./boxes/remove.js";
import type { Created, CreateOptions, CreateRequest } from "./boxes/request.js";
import type { Resumed } from "./boxes/resume.js";
import type { Running } from "./boxes/run.js";
import type { ExecProgram, Session } from "./boxes/session.js";
import type { StartOptions } from "./boxes/start.js";
import type { BoxUsage, StatsOptions } from "./boxes/stats.js";
import type { StopOptions } from "./boxes/stop.js";
import type { Update } from "./boxes/update.js";
import type { WaitOptions } from "./boxes/wait.js";
import type { PruneFilter, PruneOptions } from "./prune-filter.js";

export type { Box, Survey, UnreadableBox };
export type * from "./boxes/copy.js";
export type * from "./boxes/diff.js";
export type {
  FileEntry,
  FileEvent,
  FilesOptions,
  FileStatOptions,
  MkdirOptions,
  ReadOptions,
  RemoveOptions as RemoveFileOptions,
  WatchOptions,
  WriteOptions,
} from "./boxes/files.js";
export type * from "./boxes/inspect.js";
export type * from "./boxes/logs.js";
export type * from "./boxes/measure.js";
export type * from "./boxes/processes.js";
export type * from "./boxes/session.js";
export type * from "./boxes/stats.js";
export type { StopOptions };

/** Access to the files of a box as its programs see them, with the permissions of its root user. */
export interface BoxFiles {
  /** Lists a directory, sorted by name. */
  list: (box: BoxRef, path: string, options?: FilesOptions) => Promise<FileEntry[]>;
  /** Iterates over the entries of a directory of any size, unsorted. */
  entries: (box: BoxRef, path: string, options?: FilesOptions) => AsyncIterable<FileEntry>;
  /** Describes the file at a path; follows a symbolic link only with `follow`. */
  stat: (box: BoxRef, path: string, options?: FileStatOptions) => Promise<FileEntry>;
  mkdir: (box: BoxRef, path: string, options?: MkdirOptions) => Promise<void>;
  remove: (box: BoxRef, path: string, options?: RemoveFileOptions) => Promise<void>;
  /** Renames a file or directory, replacing a file or empty directory at the new path. */
  rename: (box: BoxRef, from: string, to: string, options?: FilesOptions) => Promise<void>;
  /** Reads a file in chunks. */
  read: (box: BoxRef, path: string, options?: ReadOptions) => AsyncIterable<Uint8Array>;
  /** Creates or replaces a file atomically: if this fails, the file is unchanged. */
  write: (
    box: BoxRef,
    path: string,
    data: AsyncIterable<Uint8Array> | Uint8Array,
    options?: WriteOptions,
  ) => Promise<void>;
  /** Iterates over changes to a directory or file of a running box, until it is removed. */
  watch: (box: BoxRef, path: string, options?: WatchOptions) => AsyncIterable<FileEvent>;
}

/** Operations on boxes. Each loads its own code on first use; the errors that it throws are documented there. */
export interface Boxes {
  /** Lists the readable boxes, newest first, and reports each unreadable one to `onWarning`. */
  list: () => Promise<Box[]>;
  /** Lists all boxes, including unreadable ones. */
  survey: () => Promise<Survey>;
  /** Returns the IDs of the boxes whose image no longer has the name that they were created with. */
  withStaleNames: (boxes: readonly Box[]) => Promise<ReadonlySet<string>>;
  /** Lists the names of all boxes, readable or not. */
  names: () => Promise<string[]>;
  /**
   * Finds a box by its name, ID or unambiguous ID prefix.
   * @param survey result of `survey`, to find several boxes with one listing
   * @throws BoxError no-such-box, ambiguous-id
   */
  find: (nameOrId: string, survey?: Promise<Survey>) => Promise<Box>;
  /** Like `find`, but also finds unreadable boxes, which `remove` accepts. */
  match: (nameOrId: string, survey?: Promise<Survey>) => Promise<Box | UnreadableBox>;
  /** Validates a request as far as possible without its image; creates nothing. @param run whether it is for `run` */
  check: (request: CreateRequest, run: boolean) => Promise<void>;
  /** Creates a box without starting it. */
  create: (request: CreateRequest, options?: CreateOptions) => Promise<Created>;
  /** Creates a box and starts it. */
  run: (request: CreateRequest, options?: CreateOptions) => Promise<Running>;
  /** Removes a box and everything stored for it. */
  remove: (box: BoxRef | UnreadableBox, options?: RemoveOptions) => Promise<void>;
  /** Removes all boxes that are not running. */
  prune: (filter?: PruneFilter, options?: PruneOptions) => Promise<Pruned>;
  /** Starts a box, and waits until its program is running. */
  start: (box: BoxRef, options?: StartOptions) => Promise<void>;
  /** Attaches to a box, starting it if it is not running. */
  startAttached: (box: BoxRef, options?: AttachOptions) => Promise<Session>;
  /** Attaches to the workload of a running box. */
  attach: (box: BoxRef, options?: AttachOptions) => Promise<Session>;
  /** Runs a program in a running box, in addition to its workload. */
  exec: (box: BoxRef, program: ExecProgram, options?: ExecOptions) => Promise<Session>;
  /** Iterates over the log of a box, in the chunks in which it was written. */
  logs: (box: BoxRef, options?: LogsOptions) => AsyncIterable<LogEntry>;
  /** Iterates over the resource usage of boxes, once per second. @param boxes if empty, all running boxes */
  stats: (boxes?: readonly BoxRef[], options?: StatsOptions) => AsyncIterable<BoxUsage[]>;
  /** Lists the processes of a running box, as seen inside the box. */
  processes: (box: BoxRef) => Promise<BoxProcesses>;
  /** Returns detailed information about a box. */
  inspect: (box: BoxRef, options?: InspectOptions) => Promise<InspectedBox>;
  /** Measures the disk usage of a box's writable layer and the size of its image. */
  measure: (box: BoxRef) => Promise<BoxBytes>;
  /** Lists the changes to a box's files relative to its image. */
  diff: (box: BoxRef, options?: DiffOptions) => Promise<FileChange[]>;
  /** Copies a file or directory from the host into a box. @returns total bytes in files */
  copyIn: (source: string, box: BoxRef, path: string, options?: CopyOptions) => Promise<number>;
  /** Copies a file or directory from a box to the host. @returns total bytes in files */
  copyOut: (box: BoxRef, path: string, destination: string, options?: CopyOptions) => Promise<number>;
  /** Streams a tar archive of a file or directory of a box. */
  pack: (box: BoxRef, path: string, options?: CopyOptions) => AsyncIterable<Uint8Array>;
  /** Unpacks a tar archive into a directory of a box. */
  unpack: (
    box: BoxRef,
    path: string,
    tar: AsyncIterable<Uint8Array>,
    options?: Pick<CopyOptions, "signal">,
  ) => Promise<void>;
  /** Operations on single files. */
  files: BoxFiles;
  /** Streams a tar archive of all files of a box, without volumes and other mounts. */
  export: (box: BoxRef, options?: ExportOptions) => AsyncIterable<Uint8Array>;
  /** Creates an image from a box. @returns the image's ID */
  commit: (box: BoxRef, options?: CommitOptions) => Promise<string>;
  /** Extends the time limit of a running box, until it next stops. */
  extendTimeout: (box: BoxRef, byMs: number) => Promise<void>;
  stop: (box: BoxRef, options?: StopOptions) => Promise<void>;
  restart: (box: BoxRef, options?: StopOptions) => Promise<void>;
  /** Restarts a box as its restart policy demands. */
  relaunch: (id: string) => Promise<void>;
  /** Starts the boxes whose restart policy says so, after the host has booted. */
  resume: (options?: StartOptions) => AsyncIterable<Resumed>;
  /** Sends a signal to the box's program. @param unixSignal signal number (default: SIGKILL) */
  kill: (box: BoxRef, unixSignal?: number) => Promise<void>;
  /** Waits until a box exits. @returns its exit code */
  wait: (box: BoxRef, options?: WaitOptions) => Promise<number>;
  pause: (box: BoxRef) => Promise<void>;
  unpause: (box: BoxRef) => Promise<void>;
  rename: (box: BoxRef, name: string) => Promise<void>;
  /** Changes the resource limits and the restart policy of a box. */
  update: (box: BoxRef, change: Update) => Promise<void>;
}

function openFiles(context: Context): BoxFiles {
  const load = () => import("./boxes/files.js");
  return {
    list: (...args) => abortable(args[2]?.signal, async () => (await load()).list(context, ...args)),
    entries: (...args) => defer(async () => (await load()).entries(context, ...args)),
    stat: (...args) => abortable(args[2]?.signal, async () => (await load()).stat(context, ...args)),
    mkdir: (...args) => abortable(args[2]?.signal, async () => (await load()).mkdir(context, ...args)),
    remove: (...args) => abortable(args[2]?.signal, async () => (await load()).remove(context, ...args)),
    rename: (...args) => abortable(args[3]?.signal, async () => (await load()).rename(context, ...args)),
    read: (...args) => defer(async () => (await load()).read(context, ...args)),
    watch: (...args) => defer(async () => (await load()).watch(context, ...args)),
    write: (...args) => abortable(args[3]?.signal, async () => (await load()).write(context, ...args)),
  };
}

export function openBoxes(context: Context): Boxes {
  async function* stats(...args: Parameters<Boxes["stats"]>) {
    yield* (await import("./boxes/stats.js")).stats(context, ...args);
  }
  async function* pack(...args: Parameters<Boxes["pack"]>) {
    yield* (await import("./boxes/copy.js")).pack(context, ...args);
  }
  async function* exportBox(...args: Parameters<Boxes["export"]>) {
    yield* (await import("./boxes/export.js")).exportBox(context, ...args);
  }
  async function* resume(...args: Parameters<Boxes["resume"]>) {
    yield* (await import("./boxes/resume.js")).resume(context, ...args);
  }
  return {
    list: async () => (await import("../vm/box/find.js")).readableBoxes(context.home, context.warn),
    survey: async () => (await import("../vm/box/find.js")).surveyBoxes(context.home),
    withStaleNames: async (boxes) => (await import("./boxes/image-names.js")).withStaleNames(context, boxes),
    names: async () => (await import("./boxes/names.js")).names(context),
    find: async (name, survey) => (await import("../vm/box/find.js")).findBox(context.home, name, survey),
    match: async (name, survey) => (await import("../vm/box/find.js")).matchBox(context.home, name, survey),
    check: async (request, run) => (await import("./boxes/check.js")).check(context, request, run),
    create: (request, options) =>
      abortable(options?.signal, async () =>
        (await import("./boxes/create.js")).create(context, request, options),
      ),
    run: (request, options) =>
      abortable(options?.signal, async () => (await import("./boxes/run.js")).run(context, request, options)),
    remove: (box, options) =>
      abortable(options?.signal, async () =>
        (await import("./boxes/remove.js")).remove(context, box, options),
      ),
    prune: (...args) =>
      abortable(args[1]?.signal, async () => (await import("./boxes/prune.js")).prune(context, ...args)),
    start: (box, options) =>
      abortable(options?.signal, async () => (await import("./boxes/start.js")).start(context, box, options)),
    startAttached: (box, options) =>
      abortable(options?.signal, async () =>
        (await import("./boxes/start.js")).startAttached(context, box, options),
      ),
    attach: (box, options) =>
      abortable(options?.signal, async () =>
        (await import("./boxes/attach.js")).attach(context, box, options),
      ),
    exec: (...args) =>
      abortable(args[2]?.signal, async () => (await import("./boxes/exec.js")).exec(context, ...args)),
    logs: (box, options) => defer(async () => (await import("./boxes/logs.js")).logs(context, box, options)),
    stats: (boxes, options) => resultsUntil(options?.signal, stats(boxes, options)),
    processes: async (box) => (await import("./boxes/processes.js")).processes(context, box),
    inspect: async (...args) => (await import("./boxes/inspect.js")).inspect(context, ...args),
    measure: async (box) => (await import("./boxes/measure.js")).measure(context, box),
    diff: (box, options) =>
      abortable(options?.signal, async () => (await import("./boxes/diff.js")).diff(context, box, options)),
    copyIn: (...args) =>
      abortable(args[3]?.signal, async () => (await import("./boxes/copy.js")).copyIn(context, ...args)),
    copyOut: (...args) =>
      abortable(args[3]?.signal, async () => (await import("./boxes/copy.js")).copyOut(context, ...args)),
    pack: (box, path, options) => resultsUntil(options?.signal, pack(box, path, options)),
    unpack: (...args) =>
      abortable(args[3]?.signal, async () => (await import("./boxes/copy.js")).unpack(context, ...args)),
    files: openFiles(context),
    export: (box, options) => resultsUntil(options?.signal, exportBox(box, options)),
    commit: (box, options) =>
      abortable(options?.signal, async () =>
        (await import("./boxes/commit.js")).commit(context, box, options),
      ),
    extendTimeout: async (box, byMs) =>
      (await import("./boxes/extend-timeout.js")).extendTimeout(context, box, byMs),
    stop: (box, options) =>
      abortable(options?.signal, async () => (await import("./boxes/stop.js")).stop(context, box, options)),
    restart: (box, options) =>
      abortable(options?.signal, async () =>
        (await import("./boxes/restart.js")).restart(context, box, options),
      ),
    relaunch: async (id) => (await import("./boxes/relaunch.js")).relaunch(context, id),
    resume: (options) => resultsUntil(options?.signal, resume(options)),
    kill: async (box, unixSignal) => (await import("./boxes/kill.js")).kill(context, box, unixSignal),
    wait: (box, options) =>
      abortable(options?.signal, async () => (await import("./boxes/wait.js")).wait(context, box, options)),
    pause: async (box) => (await import("./boxes/pause.js")).setPaused(context, box, true),
    unpause: async (box) => (await import("./boxes/pause.js")).setPaused(context, box, false),
    rename: async (box, name) => (await import("./boxes/rename.js")).rename(context, box, name),
    update: async (box, change) => (await import("./boxes/update.js")).update(context, box, change),
  };
}
