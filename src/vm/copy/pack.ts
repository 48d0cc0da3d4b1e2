import { lstat, realpath, stat } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { BoxError, errnoOf } from "../../config/errors.js";
import { quote } from "../../config/syntax/quote.js";
import type { Place } from "./place.js";

/** @throws BoxError no-such-path */
export async function isFolder(path: string, follow: boolean): Promise<boolean> {
  try {
    // A slash at the end asks for what a link leads to, as everywhere.
    return (await (follow || path.endsWith("/") ? stat(path) : lstat(path))).isDirectory();
  } catch (error) {
    throw new BoxError(
      "no-such-path",
      `${quote(path)} cannot be copied: ${errnoOf(error) === "ENOENT" ? "it does not exist" : (errnoOf(error) ?? "")}`,
      { exitCode: 1, cause: error },
    );
  }
}

/**
 * A tar of a file or folder of this host, by the name that it gets; without one, of what is in the folder.
 * @param onFile hears of the size of each file
 * @throws BoxError copy-failed
 */
export async function* packTar(
  source: string,
  follow: boolean,
  name: Place["name"],
  onFile: (bytes: number) => void,
): AsyncGenerator<Uint8Array> {
  const { Pack } = await import("tar");
  const path = follow ? await realpath(source) : source;
  const folder = await isFolder(path, follow);
  const pack = new Pack({
    cwd: folder ? path : dirname(path),
    ...(folder && name !== undefined ? { prefix: name } : {}),
    onWriteEntry: (entry) => {
      if (!folder && name !== undefined) entry.path = name;
      if (entry.type === "File") onFile(entry.stat?.size ?? 0);
    },
  });
  try {
    // A name that begins with @ would mean a tar.
    pack.write(folder ? "." : `./${basename(path)}`);
    pack.end();
    yield* pack as AsyncIterable<Uint8Array>;
  } catch (error) {
    throw new BoxError("copy-failed", `${quote(source)} cannot be read: ${(error as Error).message}`, {
      exitCode: 1,
      cause: error,
    });
  }
}
