import { DEFAULT_POOL } from "../../config/syntax/pool-name.js";
import { BoxError } from "../../errors.js";
import { poolNames } from "../../vm/pool/files.js";
import type { ParsedRequest } from "../boxes/request.js";
import type { Context } from "../context.js";

/** Errors that a name gives that is not one of an image, and that of a pool `default` that does not exist. */
const MISTAKEN: ReadonlySet<string> = new Set([
  ...["image-missing", "image-not-found", "access-denied", "registry-failed", "registry-unreachable"],
  "no-such-pool",
]);

/** In `--pool NAME IMAGE`, NAME is the image. If a pool has this name, the error of a run that failed says so. */
export async function withMeantPool(
  { home }: Context,
  { image, pool }: ParsedRequest["spec"],
  error: unknown,
): Promise<unknown> {
  if (!pool.enabled || pool.name !== DEFAULT_POOL) return error;
  if (!(error instanceof BoxError) || !MISTAKEN.has(error.code)) return error;
  const names: string[] = await poolNames(home).catch(() => []);
  if (!names.includes(image)) return error;
  const { code, reason, subject, hint, detail } = error;
  return new BoxError(code, reason, { subject, hint, detail: { ...detail, meantPool: image }, cause: error });
}
