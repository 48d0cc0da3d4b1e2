import { BoxError } from "../../errors.js";

/** A file or folder that was given as an image is none, or lacks a part. @param what names it */
export function badArchive(what: string, reason: string, cause?: unknown): BoxError {
  return new BoxError("bad-archive", `${what} is not a whole image archive: ${reason}`, {
    hint: "box reads OCI layouts, as folders or tars, and what `docker save` writes; each may be compressed",
    cause,
  });
}
