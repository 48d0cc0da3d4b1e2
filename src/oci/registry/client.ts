import { createHash } from "node:crypto";
import { BoxError } from "../../config/errors.js";
import { MANIFEST_TYPES, OCI_INDEX, type Descriptor } from "../manifest.js";
import { formatReference, type Reference } from "../reference.js";
import { fetchToken, parseChallenge } from "./auth.js";
import { explainFailure, lastFailure, LIMITS, PassingFailure, pause, type Limits } from "./failure.js";
import { createTransport, readBounded, readRefusal, type Response } from "./transport.js";

/** Bounds a manifest, an index and a configuration, as the registries themselves do. */
export const DOCUMENT_LIMIT = 4 * 2 ** 20;

/** Reads one repository of a registry. */
export interface Repository {
  /**
   * A manifest or index by tag or digest. Its digest is computed here: headers are not trusted.
   * @throws BoxError image-not-found, access-denied, digest-mismatch, response-too-large, registry-…
   */
  manifest(tagOrDigest: string): Promise<{ data: Buffer; digest: string }>;
  /** A small blob, whole and verified. @throws as `manifest` */
  document(descriptor: Descriptor, what: string): Promise<Buffer>;
  /**
   * The bytes of a blob, exactly as many as the descriptor says. Not verified: whoever takes them hashes them.
   * A connection that breaks is taken up again where it broke.
   * @throws BoxError as `manifest`, and size-mismatch
   */
  blob(descriptor: Descriptor): AsyncGenerator<Buffer, void, undefined>;
  /**
   * The list of what refers to a manifest (distribution-spec, "Listing Referrers"): an index, not verified, for it has no
   * digest of its own. Undefined where the registry has no such list.
   * @throws as `manifest`, but for image-not-found
   */
  referrers(digest: string): Promise<Buffer | undefined>;
  close: () => Promise<void>;
}

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d+)?$/;

/** Docker's own name for its registry is not the host that serves it. */
export function registryUrl(domain: string): URL {
  if (domain === "docker.io") return new URL("https://registry-1.docker.io");
  return new URL(`${LOOPBACK.test(domain) ? "http" : "https"}://${domain}`);
}

function sha256(data: Uint8Array): string {
  return `sha256:${createHash("sha256").update(data).digest("hex")}`;
}

/** `bytes 100-199/200`: does the answer begin where it was asked to? */
function startsAt(response: Response, offset: number): boolean {
  const range = response.headers["content-range"];
  return typeof range === "string" && range.startsWith(`bytes ${offset}-`);
}

/** @param signal ends every request under way */
export function openRepository(
  reference: Reference,
  signal: AbortSignal,
  limits: Limits = LIMITS,
): Repository {
  const base = registryUrl(reference.domain);
  const { host } = base;
  const name = formatReference(reference);
  const transport = createTransport(limits, signal);
  let authorization: Promise<string | undefined> = Promise.resolve(undefined);

  async function retried<T>(what: string, attempt: () => Promise<T>): Promise<T> {
    for (let failures = 1; ; failures++) {
      try {
        return await attempt();
      } catch (error) {
        signal.throwIfAborted();
        if (!(error instanceof PassingFailure)) throw error;
        if (failures >= limits.attempts) throw lastFailure(error, host, what);
        await pause(failures, error, limits, signal);
      }
    }
  }

  /** Takes the answer to a request that nobody was allowed, and asks for a token once for all requests under way. */
  async function authorize(response: Response, used: string | undefined): Promise<boolean> {
    const header = response.headers["www-authenticate"];
    const lines = Array.isArray(header) ? header : [header ?? ""];
    const challenges = lines.flatMap((line) => parseChallenge(line) ?? []);
    const challenge = challenges.find(({ scheme }) => scheme === "bearer");
    await response.body.dump();
    if (!challenge) return false;
    if ((await authorization) === used) {
      const scope = `repository:${reference.path}:pull`;
      authorization = fetchToken(challenge, { registry: base, scope, transport });
      // A failed try must not stick, and must not count as unhandled when nobody else waits for it.
      authorization.catch(() => (authorization = Promise.resolve(used)));
    }
    return (await authorization) !== used;
  }

  async function get(path: string, headers: Record<string, string>, what: string): Promise<Response> {
    const url = new URL(`/v2/${reference.path}/${path}`, base);
    for (let tries = 0; ; tries++) {
      const used = await authorization;
      const response = await transport.get(
        url,
        used === undefined ? headers : { ...headers, authorization: used },
      );
      const { statusCode } = response;
      if (statusCode === 200 || statusCode === 206) return response;
      if (statusCode === 401 && tries < 2 && (await authorize(response, used))) continue;
      throw await refusal(response, what);
    }
  }

  async function refusal(response: Response, what: string): Promise<BoxError> {
    const { statusCode } = response;
    const said = await readRefusal(response);
    const tail = said && ` (${said})`;
    if (statusCode === 404) {
      return new BoxError("image-not-found", `image not found: ${what} is not in registry ${host}${tail}`, {
        hint: "check the spelling of name and tag",
      });
    }
    if (statusCode === 401 || statusCode === 403) {
      return new BoxError("access-denied", `image not found, or access denied: ${what}${tail}`, {
        hint: "check the spelling; a private image needs a login, which box does not have yet",
      });
    }
    return new BoxError(
      "registry-failed",
      `registry ${host} answers ${what} with status ${statusCode}${tail}`,
    );
  }

  function check(data: Buffer, digest: string, what: string): void {
    const found = sha256(data);
    if (found === digest) return;
    throw new BoxError(
      "digest-mismatch",
      `registry ${host} sent something else for ${what}: its digest is ${found}`,
      {
        hint: "the registry, or somebody on the way to it, is not to be trusted",
      },
    );
  }

  async function* blob({ digest, size }: Descriptor): AsyncGenerator<Buffer, void, undefined> {
    const what = `layer ${digest}`;
    let offset = 0;
    let failures = 0;
    let breaks = 0;
    while (offset < size || size === 0) {
      const before = offset;
      try {
        const response = await get(
          `blobs/${digest}`,
          offset > 0 ? { range: `bytes=${offset}-` } : {},
          `${what} of ${name}`,
        );
        // A registry without ranges sends all of it again.
        let skip = offset;
        if (response.statusCode === 206) {
          if (!startsAt(response, offset)) {
            response.body.destroy();
            throw new BoxError(
              "registry-failed",
              `registry ${host} sent another part of ${what} than it was asked`,
            );
          }
          skip = 0;
        }
        const stated = response.headers["content-length"];
        if (typeof stated === "string" && Number(stated) !== size - offset + skip) {
          response.body.destroy();
          throw sizeMismatch(what, size, Number(stated) + offset - skip);
        }
        for await (const chunk of response.body as AsyncIterable<Buffer>) {
          const fresh = skip === 0 ? chunk : chunk.subarray(Math.min(skip, chunk.length));
          skip -= chunk.length - fresh.length;
          if (fresh.length === 0) continue;
          offset += fresh.length;
          if (offset > size) throw sizeMismatch(what, size, `more than ${size}`);
          yield fresh;
        }
        if (offset === size) return;
        throw new PassingFailure(`it sent ${offset} of ${size} bytes`);
      } catch (error) {
        signal.throwIfAborted();
        const failure = explainFailure(error, host);
        if (!(failure instanceof PassingFailure)) throw failure;
        failures = offset > before ? 1 : failures + 1;
        // A peer that breaks off again and again, a few bytes at a time, is not waited for for ever.
        breaks++;
        if (failures >= limits.attempts || breaks >= 4 * limits.attempts)
          throw lastFailure(failure, host, what);
        await pause(failures, failure, limits, signal);
      }
    }
  }

  function sizeMismatch(what: string, expected: number, found: number | string): BoxError {
    return new BoxError(
      "size-mismatch",
      `${what} of ${name} has ${found} bytes in registry ${host}, not ${expected} as its manifest says`,
    );
  }

  return {
    manifest: async (tagOrDigest) => {
      const accept = MANIFEST_TYPES.join(", ");
      const data = await retried(`the manifest of ${name}`, async () => {
        const response = await get(`manifests/${tagOrDigest}`, { accept }, name);
        return readBounded(response, { limit: DOCUMENT_LIMIT, what: `the manifest of ${name}`, host });
      });
      const digest = sha256(data);
      if (tagOrDigest.includes(":")) check(data, tagOrDigest, `manifest ${tagOrDigest}`);
      return { data, digest };
    },
    document: async ({ digest, size }, what) => {
      if (size > DOCUMENT_LIMIT) {
        throw new BoxError("response-too-large", `${what} is larger than ${DOCUMENT_LIMIT} bytes`);
      }
      const data = await retried(what, async () => {
        const response = await get(`blobs/${digest}`, {}, what);
        return readBounded(response, { limit: DOCUMENT_LIMIT, what, host });
      });
      check(data, digest, what);
      return data;
    },
    blob,
    referrers: async (digest) => {
      const what = `the referrers of ${name}`;
      try {
        return await retried(what, async () => {
          const response = await get(`referrers/${digest}`, { accept: OCI_INDEX }, what);
          return readBounded(response, { limit: DOCUMENT_LIMIT, what, host });
        });
      } catch (error) {
        if (error instanceof BoxError && error.code === "image-not-found") return undefined;
        throw error;
      }
    },
    close: () => transport.close(),
  };
}
