import { rm } from "node:fs/promises";
import { join } from "node:path";
import { isAlive } from "../../host/alive.js";
import { BoxError, errnoOf } from "../../errors.js";
import { namesIn } from "../../host/read.js";
import { isGone } from "../../host/owner.js";
import { isBetweenLives } from "./between-lives.js";
import { CREATING } from "./create.js";
import { recordBoxEvent } from "./event.js";
import { boxFiles, boxesFolder } from "./files.js";
import { heldLocks } from "./lock.js";
import { readRecord, readState, type BoxRecord, type BoxState } from "./record.js";
import { clearBox, REMOVING, removeBox } from "./remove.js";
import { removeAnonymous } from "../volume/anonymous.js";
import { writeState } from "./state.js";
import type { Home } from "../../host/home.js";

export interface Box {
  folder: string;
  record: BoxRecord;
  state: BoxState;
}

/** A `box run` of another pid namespace cannot be asked whether it lives; it has launched its box within this time. */
const FOREIGN_MS = 60_000;
/** Exit code of a program that SIGKILL has ended. */
const KILLED = 137;

/** A list is true on a disk that takes no writes too; what is to be put in order waits for a better one. */
async function whereWritable(work: Promise<unknown>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (!["EROFS", "ENOSPC", "EDQUOT"].includes(errnoOf(error) ?? "")) throw error;
  }
}

/** Removes what commands that were killed left in the middle of making or removing a box. */
async function sweep(home: Home, entry: string): Promise<void> {
  const creator = Number(entry.slice(CREATING.length).split("-")[0]);
  if (entry.startsWith(REMOVING) || !isAlive(creator)) {
    await whereWritable(rm(join(boxesFolder(home), entry), { recursive: true, force: true }));
  }
}

async function readBox(folder: string): Promise<Box | undefined> {
  const [record, state] = await Promise.all([readRecord(folder), readState(folder)]);
  return record && { folder, record, state };
}

/** Puts on record that a box ended whose monitor could not say so. Undefined when nothing of it stays. */
async function settle(home: Home, box: Box): Promise<Box | undefined> {
  const { folder, record, state } = box;
  const abandoned =
    state.status === "created" &&
    record.options.autoRemove &&
    record.runBy !== undefined &&
    (await isGone(record.runBy, folder, FOREIGN_MS));
  const unfinished = state.status === "running" || state.status === "restarting";
  if (isBetweenLives(state) || !(unfinished || abandoned)) return box;
  if (unfinished) recordBoxEvent(home, record, "die", { exitCode: String(KILLED) });
  if (record.options.autoRemove) {
    await whereWritable(removeBox(home, folder, record.name).then(() => removeAnonymous(home, record)));
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

/**
 * All boxes, newest first. Boxes that crashed are put in order on the way: shown as exited, their disks and sockets
 * removed; whether a box runs is told by its lock, never by a pid.
 */
export async function listBoxes(home: Home): Promise<Box[]> {
  const entries = await namesIn(boxesFolder(home));
  const ids = entries.filter((entry) => !entry.startsWith("."));
  await Promise.all(entries.filter((entry) => entry.startsWith(".")).map((entry) => sweep(home, entry)));
  const read = await Promise.all(ids.map((id) => readBox(join(boxesFolder(home), id))));
  const boxes = read.filter((box) => box !== undefined);
  const unsettled = boxes.filter((box) => box.state.status !== "exited");
  const held = await heldLocks(
    home,
    unsettled.map((box) => boxFiles(box.folder).lock),
  );
  const settled = await Promise.all(
    boxes.map(async (box) => {
      if (box.state.status === "exited" || held.has(boxFiles(box.folder).lock)) return box;
      // It may have ended, or gone, between the two looks: the lock is only free once the state is written.
      const again = await readBox(box.folder);
      return again && settle(home, again);
    }),
  );
  return settled
    .filter((box) => box !== undefined)
    .sort((a, b) => b.record.createdAt.localeCompare(a.record.createdAt));
}

/**
 * The box of this name, id, or unambiguous beginning of an id.
 * @param listed all boxes; who looks for several lists them once, since a list puts crashed boxes in order
 * @throws BoxError no-such-box, ambiguous-id
 */
export async function findBox(home: Home, nameOrId: string, listed = listBoxes(home)): Promise<Box> {
  return findAmong(await listed, nameOrId);
}

/** As `findBox`. */
export function findAmong(boxes: Box[], nameOrId: string): Box {
  const exact = boxes.find(({ record }) => record.name === nameOrId || record.id === nameOrId);
  if (exact) return exact;
  const matches = nameOrId === "" ? [] : boxes.filter(({ record }) => record.id.startsWith(nameOrId));
  const [match] = matches;
  if (match && matches.length === 1) return match;
  if (match) {
    throw new BoxError("ambiguous-id", `"${nameOrId}" is the beginning of ${matches.length} box ids`, {
      exitCode: 1,
      hint: "write more of the id, or the box's name",
    });
  }
  throw new BoxError("no-such-box", `no such box: ${nameOrId}`, {
    exitCode: 1,
    hint: "`box ps -a` lists all boxes",
  });
}
