import { resolve } from "node:path";
import { formatFileReference, isFileReference, parseFileReference } from "../config/syntax/file-reference.js";
import { inWorkingFolder } from "./working-folder.js";

/** The path of this host that a user means, absolute. What is at its end, a slash or `/.`, means something and stays. */
export function hostPath(path: string): string {
  if (path === "" || path.includes("\0")) return path;
  const absolute = inWorkingFolder((cwd) => resolve(cwd, path));
  const ending = /(^|\/)\.$/.test(path) ? "/." : path.endsWith("/") ? "/" : "";
  return absolute === "/" && ending === "/" ? absolute : absolute + ending;
}

/** An image's reference, in which a path of this host is absolute. @throws BoxError invalid-reference */
export function hostReference(reference: string): string {
  if (!isFileReference(reference)) return reference;
  return inWorkingFolder((cwd) => formatFileReference(parseFileReference(reference, cwd)));
}
