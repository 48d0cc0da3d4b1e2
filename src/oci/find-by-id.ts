import { readSettings } from "../config/settings.js";
import { BoxError } from "../errors.js";
import type { Platform } from "../config/syntax/platform.js";
import { findStored, type FoundImage } from "./find.js";
import type { Image } from "./image.js";
import { openStored } from "./store/open.js";
import { toImage } from "./store/record.js";
import type { Store } from "./store/store.js";
import { findVerifier } from "./find-verifier.js";

/** Whether a policy accepts one of an image's names. */
async function isTrusted(store: Store, { tags }: FoundImage, verify: string | undefined): Promise<boolean> {
  for (const { parsed, target } of tags) {
    try {
      const verifier = await findVerifier(store, verify, parsed);
      if (!verifier || (await verifier.isVerified(target))) return true;
    } catch (error) {
      if (!(error instanceof BoxError) || error.code !== "signature-refused") throw error;
    }
  }
  return false;
}

/** Refuses an image that could not be used by any of its names. */
async function checkTrusted(
  store: Store,
  id: string,
  found: FoundImage,
  verify: string | undefined,
): Promise<void> {
  if (verify === undefined && (await readSettings(store.home)).policy === undefined) return;
  if (await isTrusted(store, found, verify)) return;
  throw new BoxError("signature-refused", `image ${id} has no name under which it has been verified`, {
    hint: "use its name",
  });
}

/**
 * Returns and leases the image in the store with an ID, or with one that begins like this.
 * @param verify as in `EnsureOptions`
 * @returns undefined if there is none
 * @throws BoxError ambiguous-image, platform-missing, image-missing (its files are damaged), signature-…, invalid-policy
 */
export async function findImageById(
  store: Store,
  id: string,
  verify: string | undefined,
  platform?: Platform,
): Promise<Image | undefined> {
  const found = await findStored(store, id, platform).catch((error: unknown) => {
    if (error instanceof BoxError && error.code === "no-such-image") return undefined;
    throw error;
  });
  if (!found) return undefined;
  const { digest } = found;
  await checkTrusted(store, id, found, verify);
  const opened = await openStored(store, digest);
  if (opened?.damaged !== undefined) {
    throw new BoxError(
      "image-missing",
      `image ${id} is damaged: ${opened.damaged} has changed since it was pulled`,
      { hint: "pull it again by its name" },
    );
  }
  return opened && toImage(store, id, digest, opened.record);
}
