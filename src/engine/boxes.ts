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
import type { InspectedBox } from "./boxes/inspect.js";
import type { LogEntry, LogsOptions } from "./boxes/logs.js";
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
export type * from "./boxes/processes.js";
export type * from "./boxes/session.js";
export type * from "./boxes/stats.js";

/** Files of a box, as its programs see them, with the rights of its root. */
export interface BoxFiles {
  /** What is in a folder, in the order of names. */
  list: (box: BoxRef, path: string, options?: FilesOptions) => Promise<FileEntry[]>;
  /** The same one by one, for folders of any size. */
  entries: (box: BoxRef, path: string, options?: FilesOptions) => AsyncIterable<FileEntry>;
  /** What is at a path; a link at its end is itself meant unless `follow`. */
  stat: (box: BoxRef, path: string, options?: FileStatOptions) => Promise<FileEntry>;
  mkdir: (box: BoxRef, path: string, options?: MkdirOptions) => Promise<void>;
  remove: (box: BoxRef, path: string, options?: RemoveFileOptions) => Promise<void>;
  /** Replaces a file, or an empty folder, that has the new name. */
  rename: (box: BoxRef, from: string, to: string, options?: FilesOptions) => Promise<void>;
  /** What is in a file, piece by piece. */
  read: (box: BoxRef, path: string, options?: ReadOptions) => AsyncIterable<Uint8Array>;
  /** Makes or replaces a file: it is whole, or as it was before. */
  write: (
    box: BoxRef,
    path: string,
    data: AsyncIterable<Uint8Array> | Uint8Array,
    options?: WriteOptions,
  ) => Promise<void>;
  /** What happens to a folder or file of a running box, until it has gone. */
  watch: (box: BoxRef, path: string, options?: WatchOptions) => AsyncIterable<FileEvent>;
}

/** The verbs of boxes. Each loads its own code when it is first called; its file says what it throws. */
export interface Boxes {
  /** The boxes that can be read, newest first; of each of the others `onWarning` gets a line. */
  list: () => Promise<Box[]>;
  /** All boxes, those that cannot be read as well. */
  survey: () => Promise<Survey>;
  /** The names of all boxes, whether or not these can be read. */
  names: () => Promise<string[]>;
  /** @param survey for whoever looks for several. @throws BoxError no-such-box, ambiguous-id */
  find: (nameOrId: string, survey?: Promise<Survey>) => Promise<Box>;
  /** As `find`, for `remove`, which takes boxes of newer versions of box as well. */
  match: (nameOrId: string, survey?: Promise<Survey>) => Promise<Box | UnreadableBox>;
  /** Checks what can be checked of a request without its image, and makes nothing. @param run whether it is for `run` */
  check: (request: CreateRequest, run: boolean) => Promise<void>;
  /** Makes a box, which does not run yet. */
  create: (request: CreateRequest, options?: CreateOptions) => Promise<Created>;
  /** Makes a box and starts it. */
  run: (request: CreateRequest, options?: CreateOptions) => Promise<Running>;
  /** Removes a box with everything it keeps. */
  remove: (box: BoxRef | UnreadableBox, options?: RemoveOptions) => Promise<void>;
  /** Removes boxes that have ended. */
  prune: (filter?: PruneFilter, options?: PruneOptions) => Promise<Pruned>;
  /** Starts a box, and waits until its program runs. */
  start: (box: BoxRef, options?: StartOptions) => Promise<void>;
  /** Joins a box, which is started if it does not run. */
  startAttached: (box: BoxRef, options?: AttachOptions) => Promise<Session>;
  /** Joins the workload of a running box. */
  attach: (box: BoxRef, options?: AttachOptions) => Promise<Session>;
  /** Runs a program in a running box, beside its workload. */
  exec: (box: BoxRef, program: ExecProgram, options?: ExecOptions) => Promise<Session>;
  /** The log of a box, piece by piece as it was written. */
  logs: (box: BoxRef, options?: LogsOptions) => AsyncIterable<LogEntry>;
  /** What boxes use, once a second. @param boxes none: all that run */
  stats: (boxes?: readonly BoxRef[], options?: StatsOptions) => AsyncIterable<BoxUsage[]>;
  /** The processes of a running box, as it sees them itself. */
  processes: (box: BoxRef) => Promise<BoxProcesses>;
  /** All that is known of a box. */
  inspect: (box: BoxRef) => Promise<InspectedBox>;
  /** Bytes that a box's writable layer takes on the host's disk. */
  layerBytes: (box: BoxRef) => Promise<number>;
  /** What differs between a box's files and its image's. */
  diff: (box: BoxRef, options?: DiffOptions) => Promise<FileChange[]>;
  /** Copies a file or folder of the host into a box. @returns bytes of all files */
  copyIn: (source: string, box: BoxRef, path: string, options?: CopyOptions) => Promise<number>;
  /** Copies a file or folder of a box to the host. @returns bytes of all files */
  copyOut: (box: BoxRef, path: string, destination: string, options?: CopyOptions) => Promise<number>;
  /** A tar of a file or folder of a box. */
  pack: (box: BoxRef, path: string, options?: CopyOptions) => AsyncIterable<Uint8Array>;
  /** Unpacks a tar in a folder of a box. */
  unpack: (
    box: BoxRef,
    path: string,
    tar: AsyncIterable<Uint8Array>,
    options?: Pick<CopyOptions, "signal">,
  ) => Promise<void>;
  /** Files of a box one by one. */
  files: BoxFiles;
  /** A tar of all files of a box, without volumes and other mounts. */
  export: (box: BoxRef, options?: ExportOptions) => AsyncIterable<Uint8Array>;
  /** Makes an image of a box. @returns its id */
  commit: (box: BoxRef, options?: CommitOptions) => Promise<string>;
  /** Gives a running box more time before its timeout stops it, in this life of it. */
  extendTimeout: (box: BoxRef, byMs: number) => Promise<void>;
  stop: (box: BoxRef, options?: StopOptions) => Promise<void>;
  restart: (box: BoxRef, options?: StopOptions) => Promise<void>;
  /** Starts a box again for its restart policy. */
  relaunch: (id: string) => Promise<void>;
  /** Starts the boxes that are to run whenever the host does. */
  resume: (options?: StartOptions) => AsyncIterable<Resumed>;
  /** @param unixSignal SIGKILL unless given */
  kill: (box: BoxRef, unixSignal?: number) => Promise<void>;
  /** Waits until a box has ended. @returns its exit code */
  wait: (box: BoxRef, options?: WaitOptions) => Promise<number>;
  pause: (box: BoxRef) => Promise<void>;
  unpause: (box: BoxRef) => Promise<void>;
  rename: (box: BoxRef, name: string) => Promise<void>;
  /** Changes limits and the restart policy of a box. */
  update: (box: BoxRef, change: Update) => Promise<void>;
}

function openFiles(context: Context): BoxFiles {
  const load = () => import("./boxes/files.js");
  return {
    list: (...words) => abortable(words[2]?.signal, async () => (await load()).list(context, ...words)),
    entries: (...words) => defer(async () => (await load()).entries(context, ...words)),
    stat: (...words) => abortable(words[2]?.signal, async () => (await load()).stat(context, ...words)),
    mkdir: (...words) => abortable(words[2]?.signal, async () => (await load()).mkdir(context, ...words)),
    remove: (...words) => abortable(words[2]?.signal, async () => (await load()).remove(context, ...words)),
    rename: (...words) => abortable(words[3]?.signal, async () => (await load()).rename(context, ...words)),
    read: (...words) => defer(async () => (await load()).read(context, ...words)),
    watch: (...words) => defer(async () => (await load()).watch(context, ...words)),
    write: (...words) => abortable(words[3]?.signal, async () => (await load()).write(context, ...words)),
  };
}

export function openBoxes(context: Context): Boxes {
  async function* stats(...words: Parameters<Boxes["stats"]>) {
    yield* (await import("./boxes/stats.js")).stats(context, ...words);
  }
  async function* pack(...words: Parameters<Boxes["pack"]>) {
    yield* (await import("./boxes/copy.js")).pack(context, ...words);
  }
  async function* exportBox(...words: Parameters<Boxes["export"]>) {
    yield* (await import("./boxes/export.js")).exportBox(context, ...words);
  }
  async function* resume(...words: Parameters<Boxes["resume"]>) {
    yield* (await import("./boxes/resume.js")).resume(context, ...words);
  }
  return {
    list: async () => (await import("../vm/box/find.js")).readableBoxes(context.home, context.warn),
    survey: async () => (await import("../vm/box/find.js")).surveyBoxes(context.home),
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
    prune: (...words) =>
      abortable(words[1]?.signal, async () => (await import("./boxes/prune.js")).prune(context, ...words)),
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
    exec: (...words) =>
      abortable(words[2]?.signal, async () => (await import("./boxes/exec.js")).exec(context, ...words)),
    logs: (box, options) => defer(async () => (await import("./boxes/logs.js")).logs(context, box, options)),
    stats: (boxes, options) => resultsUntil(options?.signal, stats(boxes, options)),
    processes: async (box) => (await import("./boxes/processes.js")).processes(context, box),
    inspect: async (box) => (await import("./boxes/inspect.js")).inspect(context, box),
    layerBytes: async (box) => (await import("./boxes/layer-bytes.js")).layerBytes(context, box),
    diff: (box, options) =>
      abortable(options?.signal, async () => (await import("./boxes/diff.js")).diff(context, box, options)),
    copyIn: (...words) =>
      abortable(words[3]?.signal, async () => (await import("./boxes/copy.js")).copyIn(context, ...words)),
    copyOut: (...words) =>
      abortable(words[3]?.signal, async () => (await import("./boxes/copy.js")).copyOut(context, ...words)),
    pack: (box, path, options) => resultsUntil(options?.signal, pack(box, path, options)),
    unpack: (...words) =>
      abortable(words[3]?.signal, async () => (await import("./boxes/copy.js")).unpack(context, ...words)),
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
