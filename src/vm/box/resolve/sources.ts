import { lstatSync } from "node:fs";
import { dirname, join } from "node:path";
import type { BoxSpec } from "../../../config/spec.js";
import { volumesOf } from "../../../config/spec/mounts.js";
import { specOf } from "../../../config/parse-box.js";
import { checkCanMakeHere } from "../../../host/files.js";
import { reasonOf } from "../../../host/reason.js";
import { BoxError, errnoOf } from "../../../errors.js";
import { quote } from "../../../config/syntax/quote.js";
import { namesIn } from "../../../host/read.js";
import {
  followLinks,
  lookUp,
  makeMissing,
  refuseMissing,
  type Found,
  type OnMissing,
} from "../../volume/host-path.js";
import { dataFolder, volumesFolder } from "../../volume/folders.js";
import { boxFolder, boxesFolder } from "../files.js";
import { readRecord, type BoxRecord } from "../record.js";
import type { Home } from "../../../host/home.js";

/** A directory or file of the host that a box mounts. */
export interface AskedSource {
  path: string;
  /** Create missing directories: with `-v`, but not with `--mount`. */
  create: boolean;
  /** The subject of errors about it. */
  place: string;
  /** It must be a directory. */
  folder: boolean;
}

type Mounted = Pick<BoxSpec, "mounts">;

const isInside = (path: string, folder: string) => path.startsWith(folder === "/" ? "/" : `${folder}/`);

/** Returns the host directories to which a box with this configuration can write, with links resolved. */
function writableBy(home: Home, box: Mounted, sources: Record<string, string>): string[] {
  const asked = volumesOf(box)
    .filter(({ readOnly, source }) => !readOnly && source !== "")
    .map(({ kind, source }) => (kind === "bind" ? source : dataFolder(join(volumesFolder(home), source))));
  return asked.map((path) => sources[path] ?? followLinks(path).real);
}

function writableByRecord(home: Home, record: BoxRecord): string[] {
  const { sources = {} } = record;
  try {
    return writableBy(home, specOf(record), sources);
  } catch {
    // The record is from a version of box that accepted something that this one rejects.
    return Object.values(sources);
  }
}

async function writableByOthers(home: Home): Promise<string[]> {
  const ids = await namesIn(boxesFolder(home));
  const records = await Promise.all(ids.map((id) => readRecord(boxFolder(home, id))));
  return records.flatMap((record) => (record ? writableByRecord(home, record) : []));
}

/**
 * Resolves the links in a path. A guest may have placed a link in any directory that it can write to: such a link is
 * followed only if it stays inside that directory.
 */
async function follow(home: Home, { path, place }: AskedSource, box: Mounted): Promise<string> {
  const { real, links } = followLinks(path);
  if (links.length === 0) return real;
  const folders = [...writableBy(home, box, {}), ...(await writableByOthers(home))];
  for (const link of links) {
    const folder = folders.find(
      (writable) => isInside(link, writable) && real !== writable && !isInside(real, writable),
    );
    if (folder === undefined) continue;
    throw new BoxError(
      "invalid-volume",
      `${quote(link)} is a symbolic link that leads out of ${quote(folder)}, which a box can write to`,
      { subject: place, hint: "remove the link if you did not create it, or specify its target instead" },
    );
  }
  return real;
}

/** Maximum length of a file name, in bytes. */
const NAME_MAX = 255;

/** Missing directories that a check has found can be created. */
export type Promised = Set<string>;

/** Creates nothing: adds the directories to `promised` if this user could create them. */
function promise(path: string, create: boolean, promised: Promised): OnMissing {
  return (entry, walked, error) => {
    if (!create) {
      if (!promised.has(path)) throw error;
      return undefined;
    }
    if (path.split("/").some((name) => Buffer.byteLength(name) > NAME_MAX))
      throw Object.assign(new Error("file name too long"), { code: "ENAMETOOLONG" });
    if (!promised.has(walked)) checkCanMakeHere(dirname(entry));
    for (let folder = path; folder.length >= walked.length; folder = dirname(folder)) promised.add(folder);
    return undefined;
  };
}

function becameLink(place: string, path: string, link: string): BoxError {
  const subject = link === path ? "it" : quote(link);
  return new BoxError(
    "invalid-volume",
    `cannot mount host path ${quote(path)}: ${subject} has become a symbolic link`,
    {
      subject: place,
      hint: "links are followed only when a box is created; restore the directory, or recreate the box",
    },
  );
}

function isMissing(path: string): boolean {
  try {
    lstatSync(path);
    return false;
  } catch (error) {
    return errnoOf(error) === "ENOENT";
  }
}

function cannotBeUsed({ path, place }: AskedSource, source: string, cause: unknown): BoxError {
  const led = source === path ? "" : `; it led to ${quote(source)} when the box was created`;
  const hint = source === path ? "create it first" : "restore it, or recreate the box";
  const denied = ["EACCES", "EPERM"].includes(errnoOf(cause) ?? "") && isMissing(source);
  return new BoxError("invalid-volume", `cannot mount host path ${quote(path)}: ${reasonOf(cause)}${led}`, {
    subject: place,
    cause,
    ...(source !== path || errnoOf(cause) === "ENOENT" ? { hint } : {}),
    ...(source === path && denied ? { hint: "it does not exist, and you may not create it" } : {}),
  });
}

/**
 * Finds a host path that a box mounts. Links in the path are followed once, when the box is created, because later ones
 * may have been placed by guests.
 * @param known the path as resolved at creation; undefined if the box is being created
 * @param box all mounts of the box
 * @param promised only check whether missing directories could be created, and add them here
 * @throws BoxError invalid-volume
 */
export async function resolveSource(
  home: Home,
  asked: AskedSource,
  known: string | undefined,
  box: Mounted,
  promised?: Promised,
): Promise<{ source: string; file: boolean }> {
  let source = known ?? asked.path;
  // The target of a link is not created again: the link may lead elsewhere by now.
  const create = asked.create && (known === undefined || known === asked.path);
  const onMissing = create ? makeMissing : refuseMissing;
  const look = (path: string) => lookUp(path, promised ? promise(path, create, promised) : onMissing);
  let found: Found;
  try {
    found = look(source);
    if (found.kind === "link" && known === undefined) {
      source = await follow(home, asked, box);
      found = look(source);
    }
  } catch (error) {
    throw error instanceof BoxError ? error : cannotBeUsed(asked, source, error);
  }
  if (found.kind === "link") throw becameLink(asked.place, source, found.link);
  if (found.kind === "other")
    throw new BoxError("invalid-volume", `${quote(source)} is neither a directory nor a regular file`, {
      subject: asked.place,
    });
  if (found.kind === "file" && asked.folder)
    throw new BoxError("invalid-volume", `${quote(source)} is not a directory`, { subject: asked.place });
  return { source, file: found.kind === "file" };
}
