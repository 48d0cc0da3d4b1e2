import { BoxError } from "../errors.js";
import { readSettings } from "../config/settings.js";
import { isFileReference, parseFileReference } from "../config/syntax/file-reference.js";
import type { Image } from "./image.js";
import type { PullEvent } from "./pull/event.js";
import type { PendingImage } from "./pull/pending-disk.js";
import { hostPlatform, type Platform } from "../config/syntax/platform.js";
import { formatReference, parseReference, type Reference } from "../config/syntax/reference.js";
import { lease } from "./store/lease.js";
import { findMember, type ResolvedTag } from "./store/members.js";
import { findDamage, readRecord, toImage, touchImage } from "./store/record.js";
import { readTag } from "./store/tags.js";
import type { Verifier } from "./verify/verifier.js";
import type { Store } from "./store/store.js";

/** What a reference stands for here; a digest stands for itself, under whatever name its content came. */
async function resolveTag(store: Store, reference: Reference): Promise<ResolvedTag | undefined> {
  const { digest } = reference;
  const tag = await readTag(store, reference);
  return tag ?? (digest === undefined ? undefined : { target: digest, image: digest });
}

type Here = { image: Image; fits: boolean } | { damaged: string };

/**
 * The image a reference stands for here, or the path of what of it is missing or damaged; undefined when it never came.
 * Without a platform it is the host's; a reference that stands for one image alone is not asked for others.
 */
async function findImage(
  store: Store,
  reference: Reference,
  { target, image }: ResolvedTag,
  platform: Platform | undefined,
): Promise<Here | undefined> {
  const member = await findMember(store, { target, image }, platform ?? hostPlatform());
  const digest = member?.digest ?? image;
  await lease(store, [target, digest]);
  const record = await readRecord(store, digest);
  if (!record) return undefined;
  const [damaged] = await Promise.all([findDamage(store, record), touchImage(store, digest)]);
  if (damaged !== undefined) return { damaged };
  const fits = member !== undefined || (platform === undefined && target === image);
  return { image: toImage(store, formatReference(reference), digest, record), fits };
}

export interface EnsureOptions {
  pull: "always" | "missing" | "never";
  /** The host's unless said. */
  platform?: Platform | undefined;
  /** A policy, or a public key in its place (docs/signatures.md); the settings' policy unless said. */
  verify?: string | undefined;
  onProgress: (event: PullEvent) => void;
  /** Hears of the image when layers of it are about to be fetched. */
  onPending?: ((pending: PendingImage) => void) | undefined;
  /** Called when a registry was asked for the image, whether or not anything of it had to be fetched. */
  onPulled?: ((image: Image, reference: Reference) => void) | undefined;
}

/** What a policy asks of an image, if there is one and it asks for something. */
async function findVerifier(
  store: Store,
  file: string | undefined,
  reference: Reference,
): Promise<Verifier | undefined> {
  const policy = file ?? (await readSettings(store.home)).policy;
  if (policy === undefined) return undefined;
  const { openVerifier } = await import("./verify/verifier.js");
  try {
    return await openVerifier(store, policy, reference);
  } catch (error) {
    if (file === undefined || !(error instanceof BoxError) || error.code !== "invalid-policy") throw error;
    const { code, message, hint } = error;
    throw new BoxError(code, message, { subject: "verify", hint, cause: error });
  }
}

/**
 * Checks that what is to vouch for an image can be read, without looking for the image.
 * @param verify as of `EnsureOptions`
 * @throws BoxError invalid-reference, signature-refused, invalid-policy
 */
export async function checkVerify(
  store: Store,
  reference: string,
  verify: string | undefined,
): Promise<void> {
  if (isFileReference(reference)) refuseVerify(reference, verify);
  else await findVerifier(store, verify, parseReference(reference));
}

function refuseVerify(reference: string, verify: string | undefined): void {
  if (verify === undefined) return;
  throw new BoxError(
    "signature-refused",
    `${reference} comes from no registry, where its signatures would be`,
    { subject: "verify", hint: "leave `verify` out: images in files are the caller's own" },
  );
}

/**
 * An image that is whole and on this host, leased as `lease` does. One that is here already costs the reading of
 * two small files; the registry's client and all that belongs to a pull are loaded only when something has to come.
 * @throws BoxError invalid-reference, image-missing (pull is never), signature-…, and what a pull throws
 */
export async function ensureStored(
  store: Store,
  reference: string,
  { pull, platform, verify, onProgress, onPending, onPulled }: EnsureOptions,
): Promise<Image> {
  if (isFileReference(reference)) {
    refuseVerify(reference, verify);
    const { pullFromFile } = await import("./archive/pull.js");
    return pullFromFile(store, parseFileReference(reference), { pull, platform, onProgress });
  }
  const parsed = parseReference(reference);
  const name = formatReference(parsed);
  const verifier = await findVerifier(store, verify, parsed);
  if (pull !== "always") {
    const resolved = await resolveTag(store, parsed);
    const found = resolved && (await findImage(store, parsed, resolved, platform));
    const whole = found && !("damaged" in found) ? found : undefined;
    // Who was never asked to vouch for it has to be: that is a pull, which brings nothing that is here.
    const trusted = !resolved || !verifier || (await verifier.isVerified(resolved.target));
    if (whole?.fits && trusted) return whole.image;
    if (pull === "never") {
      const reason =
        found && "damaged" in found
          ? `damaged: ${found.damaged} is not what was pulled`
          : !whole
            ? "not on this host"
            : whole.fits
              ? "not verified yet"
              : `for ${whole.image.platform} here`;
      throw new BoxError(
        "image-missing",
        `image ${name} is ${reason}, and \`pull\` never forbids to fetch it`,
        { hint: "pull it first", detail: { image: reference } },
      );
    }
  }
  const { findCurrent } = await import("./pull/current.js");
  const current = await findCurrent(store, parsed, { platform, trusts: verifier?.isVerified });
  const pulled =
    current ??
    (await (
      await import("./pull/pull.js")
    ).pullImage(store, parsed, onProgress, {
      platform,
      verify: verifier?.verify,
      onPending,
    }));
  onPulled?.(pulled, parsed);
  return pulled;
}
