import { join } from "node:path";
import * as z from "zod/mini";
import { formatReference, isDigest, parseReference, type Reference } from "../../config/syntax/reference.js";
import { tagFile, tagsFolder } from "./paths.js";
import { publishFile, type Workspace } from "./workspace.js";
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

/** Makes a reference refer to an image, atomically. */
export async function writeTag(
  store: Store,
  workspace: Workspace,
  reference: Reference,
  { target, image }: Omit<Tag, "reference">,
): Promise<void> {
  const tag: Tag = { reference: formatReference(reference), target, image };
  await publishFile(workspace, tagFile(store, reference), JSON.stringify(tag));
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
