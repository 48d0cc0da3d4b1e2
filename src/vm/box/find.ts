import { basename, join } from "node:path";
import { isAlive } from "../../host/alive.js";
import { BoxError, errnoOf } from "../../errors.js";
import { linkTarget, namesIn, unreadable } from "../../host/read.js";
import { hasEnded } from "../../host/owner.js";
import { KILLED } from "../../host/signals.js";
import { isRestarting } from "./is-restarting.js";
import { CREATING } from "./create.js";
import { recordBoxEvent } from "./event.js";
import { boxFiles, boxesFolder, namesFolder } from "./files.js";
import { heldLocks } from "./lock.js";
import { withoutSlash } from "./name.js";
import { readRecord, readState, type BoxRecord, type BoxState } from "./record.js";
import { clearBox, REMOVING, removeBox, removeUnfinished } from "./remove.js";
import { removeAnonymous } from "../volume/anonymous.js";
import { writeState } from "./state.js";
import type { Home } from "../../host/home.js";

export interface Box {
  folder: string;
  record: BoxRecord;
  state: BoxState;
}

/** A box that exists but cannot be read: another user's, on a failing disk, or from a newer version of box. */
export interface UnreadableBox {
  id: string;
  /** Undefined if no name refers to it. */
  name: string | undefined;
  folder: string;
  error: Error;
}

/** All boxes, newest first. */
export interface Survey {
  boxes: Box[];
  unreadable: UnreadableBox[];
}

/**
 * A `box run` in another PID namespace cannot be checked; it is assumed to have launched its box after this time, in which the
 * box may also have waited for its turn (native/vmm/slot.c).
 */
const FOREIGN_MS = 120_000;

/** Ignores failures to write: listing works on a read-only or full disk too, and cleanup is left to a later command. */
async function whereWritable(work: Promise<unknown>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (!["EROFS", "ENOSPC", "EDQUOT", "EACCES", "EPERM"].includes(errnoOf(error) ?? "")) throw error;
  }
}

/** Whether an error means that a box cannot be read, so that a list of all boxes is incomplete. */
export function isUnreadable(error: unknown): boolean {
  return error instanceof BoxError && ["store-unreadable", "newer-version"].includes(error.code);
}

/** Removes what is left behind by a process that was killed while it created or removed a box. */
async function sweep(home: Home, entry: string): Promise<void> {
  const creator = Number(entry.slice(CREATING.length).split("-")[0]);
  if (!entry.startsWith(REMOVING) && isAlive(creator)) return;
  await whereWritable(removeUnfinished(home, join(boxesFolder(home), entry)));
}

async function readBox(folder: string): Promise<Box | undefined> {
  const reading = readState(folder);
  // If both fail, report the record's failure, even if the state's comes first.
  reading.catch(() => undefined);
  const record = await readRecord(folder);
  return record && { folder, record, state: await reading };
}

/** Whether a command has created a box in order to run it and has not launched it yet. */
export async function isAboutToRun({ folder, record, state }: Box): Promise<boolean> {
  if (state.status !== "created" || record.runBy === undefined) return false;
  return !(await hasEnded(record.runBy, folder, FOREIGN_MS));
}

/** Records the end of a box whose monitor was killed. Returns undefined if the box is removed. */
async function settle(home: Home, box: Box): Promise<Box | undefined> {
  const { folder, record, state } = box;
  const abandoned =
    state.status === "created" &&
    record.options.autoRemove &&
    record.runBy !== undefined &&
    !(await isAboutToRun(box));
  const unfinished = state.status === "running" || state.status === "restarting";
  if (isRestarting(state) || !(unfinished || abandoned)) return box;
  if (unfinished) recordBoxEvent(home, record, "die", { exitCode: String(KILLED) });
  if (record.options.autoRemove) {
    // A volume that cannot be removed must not fail a list: no box uses it, and `box volume prune` reports the reason.
    const removeVolumes = () => removeAnonymous(home, record).catch(() => undefined);
    await whereWritable(removeBox(home, folder, record.name).then(removeVolumes));
    return undefined;
  }
  await whereWritable(clearBox(home, folder, record));
  const ended: BoxState = {
    ...state,
    status: "exited",
    paused: undefined,
    exitCode: KILLED,
    finishedAt: new Date().toISOString(),
    error: "its monitor was killed",
  };
  await whereWritable(writeState(folder, ended));
  return { ...box, state: ended };
}

/** Names of boxes, by ID. */
async function namesById(home: Home): Promise<Map<string, string>> {
  const names = await namesIn(namesFolder(home)).catch(() => []);
  const pairs = names.map(async (name): Promise<[string, string]> => [
    (await linkTarget(join(namesFolder(home), name)).catch(() => undefined)) ?? "",
    name,
  ]);
  return new Map(await Promise.all(pairs));
}

/**
 * Returns all boxes. Cleans up after crashed boxes: records them as exited and removes their disks and sockets. Whether
 * a box is running is decided by its lock, never by a PID. A box that cannot be read does not affect the others.
 * @throws BoxError store-unreadable if the boxes cannot be listed at all
 */
export async function surveyBoxes(home: Home): Promise<Survey> {
  const entries = await namesIn(boxesFolder(home));
  const ids = entries.filter((entry) => !entry.startsWith("."));
  await Promise.all(entries.filter((entry) => entry.startsWith(".")).map((entry) => sweep(home, entry)));
  const failures = new Map<string, Error>();
  const attempt = async <T>(folder: string, work: Promise<T>): Promise<T | undefined> => {
    try {
      return await work;
    } catch (error) {
      const known = error instanceof BoxError ? isUnreadable(error) : errnoOf(error);
      if (!(error instanceof Error) || !known) throw error;
      failures.set(folder, error instanceof BoxError ? error : unreadable(folder, error));
      return undefined;
    }
  };
  const folders = ids.map((id) => join(boxesFolder(home), id));
  const read = await Promise.all(folders.map((folder) => attempt(folder, readBox(folder))));
  const boxes = read.filter((box) => box !== undefined);
  const lockOf = ({ folder }: Box) => boxFiles(folder).lock;
  const unsettled = boxes.filter((box) => box.state.status !== "exited");
  const held = await heldLocks(home, unsettled.map(lockOf)).catch(async () => {
    // One by one, to find out which of them fail.
    const single = unsettled.map((box) => attempt(box.folder, heldLocks(home, [lockOf(box)])));
    return new Set((await Promise.all(single)).flatMap((locks) => [...(locks ?? [])]));
  });
  const settled = await Promise.all(
    boxes.map(async (box) => {
      if (failures.has(box.folder)) return undefined;
      if (box.state.status === "exited" || held.has(lockOf(box))) return box;
      // It may have exited or been removed in between: the lock is released only after the state is written.
      const again = await attempt(box.folder, readBox(box.folder));
      return again && attempt(box.folder, settle(home, again));
    }),
  );
  const names = failures.size > 0 ? await namesById(home) : new Map<string, string>();
  return {
    boxes: settled
      .filter((box) => box !== undefined)
      .sort((a, b) => b.record.createdAt.localeCompare(a.record.createdAt)),
    unreadable: [...failures].map(([folder, error]) => {
      const id = basename(folder);
      return { id, name: names.get(id), folder, error };
    }),
  };
}

/**
 * Returns all boxes, newest first, or none: for callers that remove what no box uses, since an unreadable box may use it.
 * @throws BoxError store-unreadable, newer-version if any box cannot be read
 */
export async function listBoxes(home: Home): Promise<Box[]> {
  const {
    boxes,
    unreadable: [first],
  } = await surveyBoxes(home);
  if (first) throw first.error;
  return boxes;
}

/** Describes a box that a list leaves out. */
export function describeUnreadable({ id, name, error }: UnreadableBox): string {
  return `box ${id.slice(0, 12)}${name === undefined ? "" : ` (${name})`}: ${error.message}`;
}

/** Returns the readable boxes, newest first. @param warn called with a line for each of the others */
export async function readableBoxes(home: Home, warn: (line: string) => void): Promise<Box[]> {
  const survey = await surveyBoxes(home);
  for (const box of survey.unreadable) warn(describeUnreadable(box));
  return survey.boxes;
}

/**
 * Returns the box with this name, ID, or unambiguous ID prefix.
 * @param survey all boxes; pass it when looking up several, since each survey cleans up after crashed boxes
 * @throws BoxError no-such-box, ambiguous-id, store-unreadable, newer-version
 */
export async function findBox(home: Home, nameOrId: string, survey = surveyBoxes(home)): Promise<Box> {
  return findAmong(await survey, nameOrId);
}

/** As `findBox`, but also returns unreadable boxes. @throws BoxError no-such-box, ambiguous-id */
export async function matchBox(home: Home, nameOrId: string, survey = surveyBoxes(home)) {
  return matchAmong(await survey, nameOrId);
}

/** As `findBox`. */
export function findAmong(survey: Survey, nameOrId: string): Box {
  const match = matchAmong(survey, nameOrId);
  if ("error" in match) throw match.error;
  return match;
}

function matchAmong({ boxes, unreadable }: Survey, asked: string): Box | UnreadableBox {
  const nameOrId = withoutSlash(asked);
  const all = [...boxes.map((box) => ({ id: box.record.id, name: box.record.name, box })), ...unreadable];
  const exact = all.find(({ id, name }) => name === nameOrId || id === nameOrId);
  const matches = exact ? [exact] : nameOrId === "" ? [] : all.filter(({ id }) => id.startsWith(nameOrId));
  const [match] = matches;
  if (match && matches.length === 1) {
    return "box" in match ? match.box : match;
  }
  if (match) {
    throw new BoxError("ambiguous-id", `multiple boxes found with the ID prefix "${nameOrId}"`, {
      hint: "use a longer prefix or the name of the box",
    });
  }
  if (asked === "") throw new BoxError("invalid-name", "container name cannot be empty");
  throw new BoxError("no-such-box", `No such container: ${asked}`);
}
