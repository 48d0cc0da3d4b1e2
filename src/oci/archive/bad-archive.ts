import { BoxError } from "../../errors.js";

/** Returns the error for a file or directory that is not an image archive, or incomplete. @param what its name */
export function badArchive(what: string, reason: string, cause?: unknown): BoxError {
  return new BoxError("bad-archive", `${what} is not a valid image archive: ${reason}`, {
    hint: "supported are OCI layouts (directories or tars) and the output of `docker save`, compressed or not",
    cause,
  });
}
