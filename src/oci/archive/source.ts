import { BoxError } from "../../errors.js";
import { sha256 } from "../digest.js";
import { DOCUMENT_LIMIT } from "../manifest.js";
import { isDigest } from "../../config/syntax/reference.js";
import type { LayerSource } from "../pull/fetch.js";
import type { Repository } from "../registry/client.js";
import { unpacksTo } from "../store/unpacked.js";
import { badArchive } from "./bad-archive.js";
import { hashContent, readWhole, type Content } from "./contents.js";
import type { Store } from "../store/store.js";

/** An image in an archive. */
export interface ArchivedImage {
  /** Names that it was saved under, as they stand in the archive: `nginx:alpine`. */
  names: string[];
  /** Digest of its manifest, or of an index. */
  digest: string;
  /** What selects it when it has no name: the tag of `org.opencontainers.image.ref.name`. */
  tag?: string;
}

/** An archive as something to pull from. */
export interface Archive {
  what: string;
  images: ArchivedImage[];
  source: Repository & LayerSource;
  /** Whether it has the content with a digest. */
  has: (digest: string) => Promise<boolean>;
}

/**
 * The content of an archive in the shape of a registry's repository, so that a pull serves both. Documents are held to
 * their digests here, layers by whoever takes them, as with a registry.
 * @param find the content that has a digest
 */
export function createSource(
  store: Store,
  what: string,
  find: (digest: string) => Promise<Content | undefined>,
): Repository & LayerSource {
  async function document(digest: string, name: string): Promise<Buffer> {
    const content = await find(digest);
    if (!content) throw badArchive(what, `${name} (${digest}) is not in it`);
    const data = await readWhole(content, DOCUMENT_LIMIT, what);
    const found = sha256(data);
    if (found === digest) return data;
    throw new BoxError(
      "digest-mismatch",
      `${what}: ${name} is not ${digest}, as its name says, but ${found}`,
    );
  }

  return {
    manifest: async (digest) => {
      // No tags here: what is listed names its content by digest.
      if (!isDigest(digest)) throw new BoxError("image-not-found", `${what} has no ${digest.slice(0, 200)}`);
      return { data: await document(digest, "a manifest"), digest };
    },
    referrers: () => Promise.resolve(undefined),
    document: ({ digest }, name) => document(digest, name),
    blob: async function* ({ digest, size }) {
      const content = await find(digest);
      if (!content) throw badArchive(what, `layer ${digest} is not in it`);
      if (content.size !== size) {
        throw new BoxError(
          "size-mismatch",
          `${what}: layer ${digest} has ${content.size} bytes, not ${size} as its manifest says`,
        );
      }
      yield* content.read();
    },
    // It has to have what it names, and that is quickly read.
    vouches: async (digest, diffId) => {
      if (digest !== diffId && !(await unpacksTo(store, digest, diffId))) return false;
      const content = await find(digest);
      return content !== undefined && (await hashContent(content, store.signal)) === digest;
    },
    close: () => Promise.resolve(),
  };
}
