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
import { counted } from "../../config/syntax/counted.js";

/** An image in an archive. */
export interface ArchivedImage {
  /** Names that it was saved under, as in the archive: `nginx:alpine`. */
  names: string[];
  /** Digest of its manifest, or of an index. */
  digest: string;
  /** Selects it if it has no name: the tag in `org.opencontainers.image.ref.name`. */
  tag?: string;
}

/** An archive that images can be pulled from. */
export interface Archive {
  what: string;
  images: ArchivedImage[];
  source: Repository & LayerSource;
  /** Whether it has content with this digest. */
  has: (digest: string) => Promise<boolean>;
}

/**
 * Makes an archive look like a repository, so that the code for pulls works for both. Documents are verified here, and
 * layers by the caller, as with a registry.
 * @param find returns the content with a digest
 */
export function createSource(
  store: Store,
  what: string,
  find: (digest: string) => Promise<Content | undefined>,
): Repository & LayerSource {
  async function document(digest: string, name: string): Promise<Buffer> {
    const content = await find(digest);
    if (!content) throw badArchive(what, `${name} (${digest}) is missing`);
    const data = await readWhole(content, DOCUMENT_LIMIT, what);
    const found = sha256(data);
    if (found === digest) return data;
    throw new BoxError(
      "digest-mismatch",
      `${what}: ${name} should have the digest ${digest}, but has ${found}`,
    );
  }

  return {
    manifest: async (digest) => {
      // There are no tags here: entries refer to their content by digest.
      if (!isDigest(digest)) throw new BoxError("image-not-found", `${what} has no ${digest.slice(0, 200)}`);
      return { data: await document(digest, "a manifest"), digest };
    },
    referrers: () => Promise.resolve(undefined),
    document: ({ digest }, name) => document(digest, name),
    blob: async function* ({ digest, size }) {
      const content = await find(digest);
      if (!content) throw badArchive(what, `layer ${digest} is missing`);
      if (content.size !== size) {
        throw new BoxError(
          "size-mismatch",
          `${what}: layer ${digest} has ${counted(content.size, "byte")}, but its manifest says ${size}`,
        );
      }
      yield* content.read();
    },
    // The archive must really contain the blob, which is quick to check.
    vouches: async (digest, diffId) => {
      if (digest !== diffId && !(await unpacksTo(store, digest, diffId))) return false;
      const content = await find(digest);
      return content !== undefined && (await hashContent(content, store.signal)) === digest;
    },
    close: () => Promise.resolve(),
  };
}
