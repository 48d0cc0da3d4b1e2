import { join } from "node:path";
import * as z from "zod/mini";
import { formatReference, isDigest, parseReference, type Reference } from "../../config/syntax/reference.js";
import { tagFile, tagsFolder } from "./paths.js";
import { restoreRemoved } from "./removed.js";
import { createWorkspace, publishFile, type Workspace } from "./workspace.js";
import { namesIn, readJson } from "../../host/read.js";
import type { Store } from "./store.js";

const Digest = z.string().check(z.refine(isDigest));

const Tag = z.object({
  /** Canonical reference. */
  reference: z.string(),
  /** The digest that it refers to in the registry, of an index or a manifest. */
  target: Digest,
  /** Digest of the manifest for the platform. */
  image: Digest,
  /**
   * The digest that its registry knows it by; null if it was neither pulled nor pushed. Older versions of box did not
   * record it: then it is the target.
   */
  registryDigest: z.optional(z.nullable(Digest)),
});
export type Tag = z.infer<typeof Tag>;

/** Reads what a reference referred to when it was last pulled; undefined if it never was. */
export async function readTag(store: Store, reference: Reference): Promise<Tag | undefined> {
  return parseTag(await readJson(tagFile(store, reference)));
}

function parseTag(json: unknown): Tag | undefined {
  const result = z.safeParse(Tag, json);
  return result.success ? result.data : undefined;
}

/** Returns the digest that the registry of a reference knows its image by, if it was pulled or pushed. */
export function registryDigestOf({ registryDigest, target }: Tag): string | undefined {
  return registryDigest === undefined ? target : (registryDigest ?? undefined);
}

/** Makes a reference refer to an image, atomically. */
export async function writeTag(
  store: Store,
  workspace: Workspace,
  reference: Reference,
  { target, image, registryDigest = null }: Omit<Tag, "reference">,
): Promise<void> {
  const tag: Tag = { reference: formatReference(reference), target, image, registryDigest };
  await restoreRemoved(store, image);
  await publishFile(workspace, tagFile(store, reference), JSON.stringify(tag));
}

/** Records that a registry knows what a reference refers to by a digest, unless the reference has moved on. */
export async function noteRegistryDigest(
  store: Store,
  reference: Reference,
  target: string,
  registryDigest: string,
): Promise<void> {
  const tag = await readTag(store, reference);
  if (tag?.target !== target || registryDigestOf(tag) === registryDigest) return;
  const workspace = await createWorkspace(store);
  try {
    await writeTag(store, workspace, reference, { ...tag, registryDigest });
  } finally {
    await workspace.remove();
  }
}

export interface ListedTag extends Tag {
  parsed: Reference;
}

/** Lists all references in the store, sorted. */
export async function listTags(store: Store): Promise<ListedTag[]> {
  const names = await namesIn(tagsFolder(store));
  const tags = await Promise.all(
    names.sort().map(async (name) => {
      const folder = join(tagsFolder(store), name);
      const files = await namesIn(folder);
      return Promise.all(files.sort().map(async (file) => parseTag(await readJson(join(folder, file)))));
    }),
  );
  return tags.flat().flatMap((tag) => (tag ? [{ ...tag, parsed: parseReference(tag.reference) }] : []));
}
