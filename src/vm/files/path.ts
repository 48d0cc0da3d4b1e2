import { posix } from "node:path";
import { BoxError } from "../../errors.js";
import { shown } from "./failure.js";
import { encodePath, isPathText } from "../protocol/guest/path-text.js";
import { MAX_PATH } from "../protocol/guest/table.js";

/**
 * Normalizes a path in a box to the form that the agent expects: absolute, without a trailing slash, `.` or `..`.
 * @param path relative to the box's root, with or without a leading slash
 * @throws BoxError invalid-path, name-too-long
 */
export function plainPath(path: string): string {
  if (path === "") throw new BoxError("invalid-path", "the path is empty");
  if (!isPathText(path)) throw new BoxError("invalid-path", `${shown(path)} is not a valid path`);
  const plain = posix.normalize(`/${path}`).replace(/(?!^)\/+$/, "");
  if (encodePath(plain).length > MAX_PATH)
    throw new BoxError("name-too-long", `${shown(path)}: paths are limited to ${MAX_PATH} bytes`);
  return plain;
}
