import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod/mini";
import { writeFileAtomic } from "../../host/files.js";
import { readJson } from "../../host/read.js";
import { isDigest } from "../../config/syntax/reference.js";
import { hex, pushedFolder } from "../store/paths.js";
import type { Store } from "../store/store.js";

const KnownBlob = z.object({
  /** Digest of the layer as compressed by box. */
  digest: z.string().check(z.refine(isDigest)),
  size: z.int().check(z.minimum(0)),
  /** Repositories that it was pushed to, most recent first: `ghcr.io/owner/app`. */
  repositories: z.array(z.string()),
});
/** The result of compressing a layer for a push, so that later pushes need not compress it again. */
export type KnownBlob = z.infer<typeof KnownBlob>;

const MOST_REPOSITORIES = 20;

function fileOf(store: Store, diffId: string): string {
  return join(pushedFolder(store), `${hex(diffId)}.json`);
}

/** Returns what is remembered about a layer. This is only a hint: the registry must be asked. */
export async function recallBlob(store: Store, diffId: string): Promise<KnownBlob | undefined> {
  const result = z.safeParse(KnownBlob, await readJson(fileOf(store, diffId)));
  return result.success ? result.data : undefined;
}

/** Remembers where a compressed layer was pushed. If two pushes do this concurrently, one of them is lost. */
export async function rememberBlob(
  store: Store,
  diffId: string,
  { digest, size }: { digest: string; size: number },
  repository: string,
): Promise<void> {
  const before = await recallBlob(store, diffId);
  const others = before?.digest === digest ? before.repositories.filter((name) => name !== repository) : [];
  const blob: KnownBlob = {
    digest,
    size,
    repositories: [repository, ...others].slice(0, MOST_REPOSITORIES),
  };
  const path = fileOf(store, diffId);
  await mkdir(join(path, ".."), { recursive: true, mode: 0o700 });
  await writeFileAtomic(path, JSON.stringify(blob));
}
