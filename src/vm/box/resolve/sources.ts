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

/** A folder or file of the host that a box asks for. */
export interface AskedSource {
  path: string;
  /** Missing folders are made: so with `-v`, not with `--mount`. */
  create: boolean;
  /** What a message about it begins with. */
  place: string;
  /** A file will not do. */
  folder: boolean;
}

type Mounted = Pick<BoxSpec, "mounts">;

const isInside = (path: string, folder: string) => path.startsWith(folder === "/" ? "/" : `${folder}/`);

/** The folders of the host that a box of this configuration may write in, without links. */
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
    // A record of a version of box that took what this one refuses.
    return Object.values(sources);
  }
}

async function writableByOthers(home: Home): Promise<string[]> {
  const ids = await namesIn(boxesFolder(home));
  const records = await Promise.all(ids.map((id) => readRecord(boxFolder(home, id))));
  return records.flatMap((record) => (record ? writableByRecord(home, record) : []));
}

/**
 * The path without links. A guest that may write in a folder may have put a link there: such a link is followed as long
 * as it stays in the folder.
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
      `${quote(link)} is a link out of ${quote(folder)}, in which a box can write`,
      { subject: place, hint: "remove it if you did not make it, or name what it leads to" },
    );
  }
  return real;
}

/** Bytes of the longest name of a file. */
const NAME_MAX = 255;

/** Folders that a check has found to be missing and that can be made. */
export type Promised = Set<string>;

/** Nothing is made: the folders are promised, if this user can make them. */
function promise(path: string, create: boolean, promised: Promised): OnMissing {
  return (entry, walked, error) => {
    if (!create) {
      if (!promised.has(path)) throw error;
      return undefined;
    }
    if (path.split("/").some((name) => Buffer.byteLength(name) > NAME_MAX))
      throw Object.assign(new Error("a name is too long"), { code: "ENAMETOOLONG" });
    if (!promised.has(walked)) checkCanMakeHere(dirname(entry));
    for (let folder = path; folder.length >= walked.length; folder = dirname(folder)) promised.add(folder);
    return undefined;
  };
}

function becameLink(place: string, path: string, link: string): BoxError {
  const what = link === path ? "it" : quote(link);
  return new BoxError(
    "invalid-volume",
    `the host path ${quote(path)} cannot be used: ${what} has become a link`,
    {
      subject: place,
      hint: "links are followed when a box is made, not later; put the folder back, or recreate the box",
    },
  );
}

function cannotBeUsed({ path, place }: AskedSource, source: string, cause: unknown): BoxError {
  const led = source === path ? "" : `; it led to ${quote(source)} when the box was made`;
  const hint = source === path ? "make it first" : "put that back, or recreate the box";
  return new BoxError(
    "invalid-volume",
    `the host path ${quote(path)} cannot be used: ${reasonOf(cause)}${led}`,
    { subject: place, cause, ...(source !== path || errnoOf(cause) === "ENOENT" ? { hint } : {}) },
  );
}

/**
 * Finds what a box asks for on the host. Links on the way are followed once, when the box is made; from then on guests
 * may have made them.
 * @param known the path without links, as it was then; undefined: the box is being made
 * @param box all that it asks for
 * @param promised nothing is made, it is only checked whether that could be done
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
  // What a link led to is not remade: the link may lead elsewhere by now.
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
    throw new BoxError("invalid-volume", `${quote(source)} is neither a folder nor a file`, {
      subject: asked.place,
    });
  if (found.kind === "file" && asked.folder)
    throw new BoxError("invalid-volume", `${quote(source)} is not a folder`, { subject: asked.place });
  return { source, file: found.kind === "file" };
}
