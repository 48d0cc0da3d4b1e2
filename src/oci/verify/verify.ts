import type { Repository } from "../registry/client.js";

/**
 * Decides whether an image may be used, by the digest of what its reference stands for: an index or a manifest. Either
 * names by digest all that follows.
 * @throws BoxError when it may not
 */
export type Verify = (repository: Repository, digest: string) => Promise<void>;
