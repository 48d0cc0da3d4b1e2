import { isFileReference } from "../../config/syntax/file-reference.js";
import type { Platform } from "../../config/syntax/platform.js";
import { quote } from "../../config/syntax/quote.js";
import { BoxError } from "../../errors.js";
import type { PushEvent } from "../../oci/push/layers.js";
import { checkPushable, pushImage, type PushedImage } from "../../oci/push/push.js";
import {
  familiarName,
  familiarReference,
  formatReference,
  parseReference,
  type Reference,
} from "../../config/syntax/reference.js";
import { listTags, noteRegistryDigest } from "../../oci/store/tags.js";
import type { Context } from "../context.js";
import { recordImageEvent } from "./event.js";

/** @throws BoxError invalid-reference */
function parsePushed(text: string): Reference {
  if (isFileReference(text)) {
    throw new BoxError("invalid-reference", `${quote(text)} is not a reference to a registry`, {
      hint: "tag the image with the name to push it to first",
    });
  }
  const reference = parseReference(text);
  checkPushable(reference, text);
  return reference;
}

export interface PushTargets {
  /** Full name, such as `docker.io/library/nginx`. */
  repository: string;
  /** Full references to push. */
  references: string[];
}

/** Lists the local tags of a repository. @throws BoxError image-missing */
async function findTags(context: Context, { domain, path }: Reference): Promise<Reference[]> {
  const { store } = await context.images();
  const tags = (await listTags(store)).map(({ parsed }) => parsed);
  const found = tags.filter((tag) => tag.domain === domain && tag.path === path && tag.digest === undefined);
  if (found.length > 0) return found;
  throw new BoxError(
    "image-missing",
    `An image does not exist locally with the tag: ${familiarName({ domain, path })}`,
  );
}

/**
 * Lists the references that a push of one reference, or of all tags of its repository, consists of.
 * @throws BoxError invalid-reference, usage, image-missing
 */
export async function pushTargets(
  context: Context,
  text: string,
  { allTags = false }: { allTags?: boolean | undefined } = {},
): Promise<PushTargets> {
  const reference = parsePushed(text);
  if (allTags && /:[^/]*$/.test(text)) {
    throw new BoxError("usage", `${JSON.stringify(text.slice(0, 80))} includes a tag`, {
      subject: "allTags",
      hint: "omit the tag or `allTags`",
    });
  }
  const references = allTags ? await findTags(context, reference) : [reference];
  return {
    repository: `${reference.domain}/${reference.path}`,
    references: references.map(formatReference),
  };
}

export interface PushOptions {
  /** Pushes only the image for this platform. */
  platform?: Platform | undefined;
  onProgress?: ((event: PushEvent) => void) | undefined;
  signal?: AbortSignal | undefined;
}

export interface Pushed extends PushedImage {
  tag: string;
}

/** Pushes an image to its registry. @throws BoxError invalid-reference, and as `pushImage` */
export async function push(
  context: Context,
  text: string,
  { platform, onProgress = () => undefined, signal }: PushOptions = {},
): Promise<Pushed> {
  const { store } = await context.images();
  const reference = parsePushed(text);
  const pushed = await pushImage({ ...store, signal }, reference, onProgress, { platform });
  await noteRegistryDigest(store, reference, pushed.target, pushed.digest);
  recordImageEvent(context.home, "push", familiarReference(reference), familiarName(reference));
  return { ...pushed, tag: reference.tag ?? "latest" };
}
