import type { Repository } from "../registry/client.js";

/**
 * Decides whether an image may be used, by the digest of the index or manifest that its reference refers to. Everything
 * else follows from it by digest.
 * @throws BoxError if it may not be used
 */
export type Verify = (repository: Repository, digest: string) => Promise<void>;
