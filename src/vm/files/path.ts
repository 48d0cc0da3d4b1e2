import { posix } from "node:path";
import { BoxError } from "../../errors.js";
import { shown } from "./failure.js";
import { encodePath, isPathText } from "../protocol/guest/path-text.js";
import { MAX_PATH } from "../protocol/guest/table.js";

/**
 * A path of a box in the form that its agent takes: from the root, without a slash at its end, `.` and `..`.
 * @param path relative to the box's root, whether or not it begins with a slash
 * @throws BoxError invalid-path, name-too-long
 */
export function plainPath(path: string): string {
  if (path === "") throw new BoxError("invalid-path", "the path is empty");
  if (!isPathText(path)) throw new BoxError("invalid-path", `${shown(path)} is not the path of a file`);
  const plain = posix.normalize(`/${path}`).replace(/(?!^)\/+$/, "");
  if (encodePath(plain).length > MAX_PATH)
    throw new BoxError("name-too-long", `${shown(path)}: a path has at most ${MAX_PATH} bytes`);
  return plain;
}
