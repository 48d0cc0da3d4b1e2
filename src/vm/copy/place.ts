import { posix } from "node:path";
import { BoxError } from "../../errors.js";

/** A path given to a copy. If it ends with `/.`, it means the contents of the directory. */
export interface Named {
  path: string;
  /** Name that it gets when copied into a directory. */
  name: string;
  contentsOnly: boolean;
  /** It must be a directory, because it ends with a slash. */
  folderMeant: boolean;
}

/** Parses a path as docker cp does. @param path absolute */
export function parsePath(path: string): Named {
  const contentsOnly = /(^|\/)\.$/.test(path);
  const folderMeant = contentsOnly || path.endsWith("/");
  const clean = posix.normalize(path).replace(/(?!^)\/+$/, "");
  const name = posix.basename(clean);
  return { path: clean, name, contentsOnly: contentsOnly || name === "", folderMeant };
}

export type Found = "folder" | "file" | "nothing";

/** Where a copy goes: it becomes `name` in `folder`; without a name, its contents go into `folder`. */
export interface Place {
  folder: string;
  name: string | undefined;
}

/**
 * Decides where a copy goes, with docker cp's rules.
 * @param there what exists at the destination
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
  if (there === "file" && source.isFolder) throw refuse("is a file: cannot copy a directory to it");
  if (there === "file" && destination.folderMeant) throw refuse("is not a directory");
  if (there === "nothing" && destination.folderMeant && !source.isFolder)
    throw refuse("does not exist", "a path with a trailing slash must be a directory");
  return { folder: posix.dirname(destination.path), name: destination.name };
}
