import { BoxError } from "../../errors.js";
import { readSettings } from "../../config/settings.js";
import { sha256 } from "../digest.js";
import { DOCUMENT_LIMIT, type Descriptor } from "../manifest.js";
import { MANIFEST_TYPES, OCI_INDEX } from "../media-types.js";
import { familiarReference, formatReference, type Reference } from "../../config/syntax/reference.js";
import { downloadBlob } from "./blob.js";
import { pullEndpoints } from "./endpoint.js";
import { LIMITS, type Limits } from "./failure.js";
import { openSession, type Session } from "./session.js";
import { listTags } from "./tags.js";
import { printable, readBounded } from "./transport.js";
import type { Home } from "../../host/home.js";

/** A repository of a registry, read from the registry's mirrors first. */
export interface Repository {
  /**
   * Fetches a manifest or index by tag or digest. Its digest is computed here, not taken from a header.
   * @throws BoxError image-not-found, access-denied, digest-mismatch, response-too-large, registry-…, invalid-settings
   */
  manifest(tagOrDigest: string): Promise<{ data: Buffer; digest: string }>;
  /** Fetches and verifies a small blob. @throws as `manifest` */
  document(descriptor: Descriptor, what: string): Promise<Buffer>;
  /**
   * Yields the bytes of a blob, exactly as many as the descriptor says. They are not verified: the caller must hash them.
   * A broken connection is resumed where it broke off.
   * @param ending cancels this download
   * @throws BoxError as `manifest`, and size-mismatch; the signal's reason
   */
  blob(descriptor: Descriptor, ending?: AbortSignal): AsyncGenerator<Buffer, void, undefined>;
  /**
   * Fetches the list of referrers of a manifest (distribution-spec, "Listing Referrers"): an index, which is not verified
   * because nothing names its digest. Undefined if the registry does not support this.
   * @throws as `manifest`, except image-not-found
   */
  referrers(digest: string): Promise<Buffer | undefined>;
  close: () => Promise<void>;
}

/** A repository that can list its tags. */
export interface RemoteRepository extends Repository {
  /** @throws as `manifest`, and BoxError bad-tag-list */
  tags: () => Promise<string[]>;
}

function check(data: Buffer, digest: string, what: string, host: string): void {
  const found = sha256(data);
  if (found === digest) return;
  throw new BoxError(
    "digest-mismatch",
    `registry ${host} sent different content for ${what}: its digest is ${found}`,
    { hint: "do not trust the registry, or the network between you and it" },
  );
}

/**
 * Checks that a manifest's own media type matches the Content-Type header: otherwise different tools would read it
 * differently (distribution-spec, "Pulling manifests"). Some registries send no type, or an unrelated one; that is fine.
 */
function checkType(data: Buffer, header: string | string[] | undefined, what: string, host: string): void {
  const [stated = ""] = String(header ?? "").split(";");
  if (!MANIFEST_TYPES.includes(stated.trim().toLowerCase())) return;
  let own: unknown;
  try {
    ({ mediaType: own } = JSON.parse(data.toString("utf8")) as { mediaType?: unknown });
  } catch {
    // The parser will report what is wrong.
    return;
  }
  if (typeof own !== "string" || own === stated.trim().toLowerCase()) return;
  throw new BoxError(
    "bad-image",
    `registry ${host} sends ${what} as ${printable(stated)}, but its media type is ${JSON.stringify(printable(own))}`,
  );
}

/** @param signal cancels all requests */
export function openRepository(
  home: Home,
  reference: Reference,
  signal: AbortSignal,
  limits: Limits = LIMITS,
): RemoteRepository {
  const { domain, path } = reference;
  const name = formatReference(reference);
  let opened: Promise<Session[]> | undefined;

  async function open(): Promise<Session[]> {
    const { registries } = await readSettings(home);
    const endpoints = pullEndpoints(reference.domain, registries);
    return endpoints.map((endpoint) =>
      openSession(home, endpoint, { path: reference.path, access: "pull", signal, limits }),
    );
  }
  const sessions = () => (opened ??= open());

  /** Tries the endpoints in order. If all fail, the error is that of the last one. */
  async function first<T>(ask: (session: Session) => Promise<T>): Promise<T> {
    const all = await sessions();
    for (const [i, session] of all.entries()) {
      try {
        return await ask(session);
      } catch (error) {
        signal.throwIfAborted();
        if (i === all.length - 1 || !(error instanceof BoxError)) throw error;
      }
    }
    throw new RangeError("no endpoint");
  }

  /** @param what its name in messages; `missing` if it is not found */
  function fetchTyped(path: string, accept: string | undefined, what: string, missing: string) {
    return ({ host, send, retried }: Session) =>
      retried(what, async () => {
        const response = await send(path, { headers: accept === undefined ? {} : { accept } }, missing);
        const data = await readBounded(response, { limit: DOCUMENT_LIMIT, what, host });
        return { data, type: response.headers["content-type"] };
      });
  }
  const fetchSmall =
    (...parameters: Parameters<typeof fetchTyped>) =>
    async (session: Session) =>
      (await fetchTyped(...parameters)(session)).data;

  return {
    manifest: (tagOrDigest) =>
      first(async (session) => {
        const what = `the manifest of ${name}`;
        const missing = `manifest for ${familiarReference(reference)}`;
        const path = `manifests/${tagOrDigest}`;
        const { data, type } = await fetchTyped(path, MANIFEST_TYPES.join(", "), what, missing)(session);
        checkType(data, type, what, session.host);
        if (tagOrDigest.includes(":")) check(data, tagOrDigest, `manifest ${tagOrDigest}`, session.host);
        return { data, digest: sha256(data) };
      }),
    document: ({ digest, size }, what) =>
      first(async (session) => {
        if (size > DOCUMENT_LIMIT) {
          throw new BoxError("response-too-large", `${what} is larger than ${DOCUMENT_LIMIT} bytes`);
        }
        const data = await fetchSmall(`blobs/${digest}`, undefined, what, what)(session);
        check(data, digest, what, session.host);
        return data;
      }),
    blob: async function* (descriptor, ending) {
      const ended = ending ? AbortSignal.any([signal, ending]) : signal;
      yield* downloadBlob(await sessions(), descriptor, { name, signal: ended, limits });
    },
    referrers: async (digest) => {
      const what = `the referrers of ${name}`;
      try {
        return await first(fetchSmall(`referrers/${digest}`, OCI_INDEX, what, what));
      } catch (error) {
        if (error instanceof BoxError && error.code === "image-not-found") return undefined;
        throw error;
      }
    },
    tags: () => first((session) => listTags(session, `the tags of ${formatReference({ domain, path })}`)),
    close: async () => {
      const all = (await opened?.catch(() => undefined)) ?? [];
      await Promise.all(all.map((session) => session.close()));
    },
  };
}
