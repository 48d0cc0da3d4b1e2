import { BoxError } from "../../errors.js";
import { engine } from "../engine.js";
import type { BoxFlags } from "../flags/given.js";

/** Errors that a name gives that is not one of an image, and that of a pool `default` that does not exist. */
const MISTAKEN: ReadonlySet<string> = new Set([
  ...["image-missing", "image-not-found", "access-denied", "registry-failed", "registry-unreachable"],
  "no-such-pool",
]);

/** In `--pool NAME IMAGE`, NAME is the image. If a pool has this name, the error of a command that failed says so. */
export async function withMeantPool(
  error: unknown,
  image: string | undefined,
  { pool }: BoxFlags,
): Promise<unknown> {
  if (pool !== true || image === undefined || !(error instanceof BoxError) || !MISTAKEN.has(error.code))
    return error;
  const pools = await engine()
    .pools.list()
    .catch(() => []);
  if (!pools.some(({ name }) => name === image)) return error;
  const { code, reason, subject, hint, detail } = error;
  return new BoxError(code, reason, { subject, hint, detail: { ...detail, meantPool: image }, cause: error });
}
