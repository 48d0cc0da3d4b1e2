import { posix } from "node:path";
import { BoxError } from "../../errors.js";

/** What is copied, by the path that names it: a path that ends with `/.` means what is in the folder. */
export interface Named {
  path: string;
  /** Of what is there when it is copied into a folder. */
  name: string;
  contentsOnly: boolean;
  /** Only a folder may be meant. */
  folderMeant: boolean;
}

/** Reads a path as docker cp does. @param path absolute */
export function parsePath(path: string): Named {
  const contentsOnly = /(^|\/)\.$/.test(path);
  const folderMeant = contentsOnly || path.endsWith("/");
  const clean = posix.normalize(path).replace(/(?!^)\/+$/, "");
  const name = posix.basename(clean);
  return { path: clean, name, contentsOnly: contentsOnly || name === "", folderMeant };
}

export type Found = "folder" | "file" | "nothing";

/** Where the copy goes: what is copied becomes NAME in FOLDER; without a name, what is in it goes into FOLDER. */
export interface Place {
  folder: string;
  name: string | undefined;
}

/**
 * Where docker cp puts what it copies.
 * @param there what is at the destination
 * @param shown the destination, for messages
 * @throws BoxError copy-failed
 */
export function placeCopy(
  source: Named & { isFolder: boolean },
  destination: Named,
  there: Found,
  shown: string,
): Place {
  const refuse = (why: string, hint?: string) => new BoxError("copy-failed", `${shown} ${why}`, { hint });
  if (there === "folder")
    return { folder: destination.path, name: source.contentsOnly ? undefined : source.name };
  if (there === "file" && source.isFolder) throw refuse("is a file: a folder cannot be copied to it");
  if (there === "file" && destination.folderMeant) throw refuse("is a file, not a folder");
  if (there === "nothing" && destination.folderMeant && !source.isFolder)
    throw refuse("does not exist", "a path that ends with a slash has to be a folder");
  return { folder: posix.dirname(destination.path), name: destination.name };
}
