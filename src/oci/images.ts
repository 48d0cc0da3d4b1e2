import { BoxError } from "../errors.js";
import { isFileReference, parseFileReference } from "../config/syntax/file-reference.js";
import type { Image } from "./image.js";
import type { PullEvent, PullStep } from "./pull/event.js";
import type { PendingImage } from "./pull/pending-disk.js";
import type { Platform } from "../config/syntax/platform.js";
import {
  familiarReference,
  formatReference,
  imageDigits,
  isImageId,
  parseReference,
  type Reference,
} from "../config/syntax/reference.js";
import { findMember, type ResolvedTag } from "./store/members.js";
import { openStored } from "./store/open.js";
import { toImage } from "./store/record.js";
import { readTag } from "./store/tags.js";
import { findVerifier, refuseVerify } from "./find-verifier.js";
import type { Store } from "./store/store.js";

/** Returns what a reference refers to in the store. A digest always refers to itself, even if pulled by another name. */
async function resolveTag(store: Store, reference: Reference): Promise<ResolvedTag | undefined> {
  const { digest } = reference;
  const tag = await readTag(store, reference);
  return tag ?? (digest === undefined ? undefined : { target: digest, image: digest });
}

type Here = { image: Image; fits: boolean } | { damaged: string };

/**
 * Returns the image that a reference refers to in the store, or the path of a missing or damaged file of it; undefined
 * if the store does not have it. Without a platform, it is the host's image, or else the one that was pulled last.
 */
async function findImage(
  store: Store,
  reference: Reference,
  { target, image }: ResolvedTag,
  platform: Platform | undefined,
): Promise<Here | undefined> {
  const member = await findMember(store, { target, image }, platform);
  const digest = member?.digest ?? image;
  const opened = await openStored(store, digest, [target]);
  if (opened?.damaged !== undefined) return { damaged: opened.damaged };
  const fits = member !== undefined || platform === undefined;
  return opened && { image: toImage(store, formatReference(reference), digest, opened.record), fits };
}

export interface EnsureOptions {
  pull: "always" | "missing" | "never";
  /** Default: the host's, or else that of the image that is here or the only one. */
  platform?: Platform | undefined;
  /** Path of a policy or a public key (docs/signatures.md). Default: the policy in the settings. */
  verify?: string | undefined;
  onProgress: (event: PullEvent) => void;
  onStep?: ((step: PullStep) => void) | undefined;
  /** Called with the image's platform before its layers are fetched. May throw to prevent this. */
  onPlatform?: ((platform: string) => void) | undefined;
  /** Called before layers are fetched. */
  onPending?: ((pending: PendingImage) => void) | undefined;
  /** Called after a registry was asked for the image, even if nothing had to be fetched. */
  onPulled?: ((image: Image, reference: Reference) => void) | undefined;
}

async function findById(
  store: Store,
  id: string,
  { verify, platform }: Pick<EnsureOptions, "verify" | "platform">,
): Promise<Image | undefined> {
  const { findImageById } = await import("./find-by-id.js");
  return findImageById(store, id, verify, platform);
}

function noSuchImage(id: string): never {
  throw new BoxError("no-such-image", `No such image: ${id}`);
}

/**
 * Returns an image, pulling it if necessary, and leases it (see `openStored`). For an image in the store, only two small files
 * are read; the registry client and the code for pulls are only loaded if they are needed.
 * @throws BoxError invalid-reference, image-missing (pull is never), no-such-image (an ID), ambiguous-image, signature-…, and
 * what a pull throws
 */
export async function ensureStored(
  store: Store,
  reference: string,
  { pull, platform, verify, onProgress, onStep, onPlatform, onPending, onPulled }: EnsureOptions,
): Promise<Image> {
  if (isFileReference(reference)) {
    refuseVerify(reference, verify);
    const { pullFromFile } = await import("./archive/pull.js");
    return pullFromFile(store, parseFileReference(reference), { pull, platform, onPlatform, onProgress });
  }
  if (isImageId(reference))
    return (await findById(store, reference, { verify, platform })) ?? noSuchImage(reference);
  const parsed = parseReference(reference);
  const name = formatReference(parsed);
  // As in Docker, an image's name comes first.
  if (pull !== "always" && imageDigits(reference) !== undefined && !(await resolveTag(store, parsed))) {
    const image = await findById(store, reference, { verify, platform });
    if (image) return image;
  }
  const verifier = await findVerifier(store, verify, parsed);
  if (pull !== "always") {
    const resolved = await resolveTag(store, parsed);
    const found = resolved && (await findImage(store, parsed, resolved, platform));
    const whole = found && !("damaged" in found) ? found : undefined;
    // An image that was never verified needs a pull, which does not fetch anything that is here.
    const trusted = !resolved || !verifier || (await verifier.isVerified(resolved.target));
    if (whole?.fits && trusted) return whole.image;
    if (pull === "never") {
      const reason =
        found && "damaged" in found
          ? `damaged: ${found.damaged} has changed since it was pulled`
          : !whole
            ? undefined
            : whole.fits
              ? "not verified yet"
              : `for ${whole.image.platform} here`;
      const message =
        reason === undefined
          ? `No such image: ${familiarReference(parsed)}`
          : `image ${name} is ${reason}, and \`pull\` is set to never`;
      throw new BoxError("image-missing", message, {
        hint: "pull it first",
        detail: { image: reference },
      });
    }
    if (!whole?.fits) onStep?.({ kind: "missing", reference: parsed });
  }
  const { findCurrent } = await import("./pull/current.js");
  let isNew = false;
  const onResolved = (now: boolean) => {
    isNew = now;
    onStep?.({ kind: "resolved", reference: parsed });
  };
  const current = await findCurrent(store, parsed, { platform, trusts: verifier?.isVerified });
  if (current) onResolved(false);
  const pulled =
    current ??
    (await (
      await import("./pull/pull.js")
    ).pullImage(store, parsed, onProgress, {
      platform,
      verify: verifier?.verify,
      onPlatform,
      onPending,
      onResolved,
    }));
  onPulled?.(pulled, parsed);
  onStep?.({ kind: "pulled", reference: parsed, digest: pulled.digest, isNew });
  return pulled;
}
