import { resolve } from "node:path";
import { formatFileReference, isFileReference, parseFileReference } from "../config/syntax/file-reference.js";
import { inWorkingFolder } from "./working-folder.js";

/** Makes a host path absolute. A trailing slash or `/.` is significant and kept. */
export function hostPath(path: string): string {
  if (path === "" || path.includes("\0")) return path;
  const absolute = inWorkingFolder((cwd) => resolve(cwd, path));
  const ending = /(^|\/)\.$/.test(path) ? "/." : path.endsWith("/") ? "/" : "";
  return absolute === "/" && ending === "/" ? absolute : absolute + ending;
}

/** Makes a host path in an image reference absolute. @throws BoxError invalid-reference */
export function hostReference(reference: string): string {
  if (!isFileReference(reference)) return reference;
  return inWorkingFolder((cwd) => formatFileReference(parseFileReference(reference, cwd)));
}
