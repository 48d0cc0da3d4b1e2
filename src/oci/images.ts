import { BoxError } from "../config/errors.js";
import { readSettings } from "../config/settings.js";
import { isFileReference, parseFileReference } from "./archive/reference.js";
import type { Image } from "./image.js";
import { formatPlatform, type Platform } from "./platform.js";
import { formatReference, parseReference, type Reference } from "./reference.js";
import { hold } from "./store/hold.js";
import { findDamage, readRecord, toImage, touchImage } from "./store/record.js";
import { readTag } from "./store/tags.js";

import type { Verifier } from "./verify/verifier.js";

/** How a layer is getting on. */
export interface PullEvent {
  /** Of the layer, as the registry has it. */
  digest: string;
  /** Bytes that have come. */
  current: number;
  total?: number;
  phase: "waiting" | "downloading" | "done" | "exists";
}

/** The image a reference stands for here; the path of what is missing or damaged; undefined when it never came. */
async function findImage(reference: Reference): Promise<Image | { damaged: string } | undefined> {
  const tag = await readTag(reference);
  if (!tag) return undefined;
  await hold([tag.image]);
  const record = await readRecord(tag.image);
  if (!record) return undefined;
  const [damaged] = await Promise.all([findDamage(record), touchImage(tag.image)]);
  return damaged === undefined ? toImage(formatReference(reference), tag.image, record) : { damaged };
}

export interface EnsureOptions {
  pull: "always" | "missing" | "never";
  /** Undefined: one that is here is taken whatever its platform is, and the host's is pulled. */
  platform?: Platform | undefined;
  /** A policy, or a public key in its place (docs/signatures.md); the settings' policy unless said. */
  verify?: string | undefined;
  onProgress: (event: PullEvent) => void;
}

/** What a policy asks of an image, if there is one and it asks for something. */
async function findVerifier(file: string | undefined, reference: Reference): Promise<Verifier | undefined> {
  const policy = file ?? (await readSettings()).policy;
  if (policy === undefined) return undefined;
  const { openVerifier } = await import("./verify/verifier.js");
  return openVerifier(policy, reference);
}

/**
 * An image that is whole and on this host, held until this process ends. One that is here already costs the reading of
 * two small files; the registry's client and all that belongs to a pull are loaded only when something has to come.
 * @throws BoxError invalid-reference, image-missing (pull is never), signature-…, and what a pull throws
 */
export async function ensureImage(
  reference: string,
  { pull, platform, verify, onProgress }: EnsureOptions,
): Promise<Image> {
  if (isFileReference(reference)) {
    if (verify !== undefined) {
      throw new BoxError(
        "signature-refused",
        `--verify: ${reference} comes from no registry, where its signatures would be`,
        {
          hint: "leave --verify out: images in files are the caller's own",
        },
      );
    }
    const { pullFromFile } = await import("./archive/pull.js");
    return pullFromFile(parseFileReference(reference, process.cwd()), { pull, platform, onProgress });
  }
  const parsed = parseReference(reference);
  const name = formatReference(parsed);
  const verifier = await findVerifier(verify, parsed);
  if (pull !== "always") {
    const found = await findImage(parsed);
    const whole = found && !("damaged" in found) ? found : undefined;
    const fits = whole && (!platform || whole.platform === formatPlatform(platform));
    // Who was never asked to vouch for it has to be: that is a pull, which brings nothing that is here.
    const trusted = !fits || !verifier || (await isVerified(parsed, verifier));
    if (fits && trusted) return whole;
    if (pull === "never") {
      const reason = !trusted
        ? "not verified yet"
        : found && "damaged" in found
          ? `damaged: ${found.damaged} is not what was pulled`
          : whole
            ? `for ${whole.platform} here`
            : "not on this host";
      throw new BoxError(
        "image-missing",
        `image ${name} is ${reason}, and --pull never forbids to fetch it`,
        {
          hint: `run \`box pull ${reference}\``,
        },
      );
    }
  }
  if (!verifier) {
    const { findCurrent } = await import("./pull/current.js");
    const current = await findCurrent(parsed, { platform });
    if (current) return current;
  }
  const { pullImage } = await import("./pull/pull.js");
  return pullImage(parsed, onProgress, { platform, verify: verifier?.verify });
}

async function isVerified(reference: Reference, verifier: Verifier): Promise<boolean> {
  const tag = await readTag(reference);
  return tag !== undefined && (await verifier.isVerified(tag.target));
}
