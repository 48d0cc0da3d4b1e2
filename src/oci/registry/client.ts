import { BoxError } from "../../errors.js";
import { readSettings } from "../../config/settings.js";
import { sha256 } from "../digest.js";
import { DOCUMENT_LIMIT, type Descriptor } from "../manifest.js";
import { MANIFEST_TYPES, OCI_INDEX } from "../media-types.js";
import { formatReference, type Reference } from "../../config/syntax/reference.js";
import { downloadBlob } from "./blob.js";
import { pullEndpoints } from "./endpoint.js";
import { LIMITS, type Limits } from "./failure.js";
import { openSession, type Session } from "./session.js";
import { listTags } from "./tags.js";
import { printable, readBounded } from "./transport.js";
import type { Home } from "../../host/home.js";

/** Reads one repository of a registry, from its mirrors first. */
export interface Repository {
  /**
   * A manifest or index by tag or digest. Its digest is computed here: headers are not trusted.
   * @throws BoxError image-not-found, access-denied, digest-mismatch, response-too-large, registry-…, invalid-settings
   */
  manifest(tagOrDigest: string): Promise<{ data: Buffer; digest: string }>;
  /** A small blob, whole and verified. @throws as `manifest` */
  document(descriptor: Descriptor, what: string): Promise<Buffer>;
  /**
   * The bytes of a blob, exactly as many as the descriptor says. Not verified: whoever takes them hashes them.
   * A connection that breaks is taken up again where it broke.
   * @param ending ends this download
   * @throws BoxError as `manifest`, and size-mismatch; the signal's reason
   */
  blob(descriptor: Descriptor, ending?: AbortSignal): AsyncGenerator<Buffer, void, undefined>;
  /**
   * The list of what refers to a manifest (distribution-spec, "Listing Referrers"): an index, not verified, for it has no
   * digest of its own. Undefined where the registry has no such list.
   * @throws as `manifest`, but for image-not-found
   */
  referrers(digest: string): Promise<Buffer | undefined>;
  close: () => Promise<void>;
}

/** A repository that lists its tags as well. */
export interface RemoteRepository extends Repository {
  /** @throws as `manifest`, and BoxError bad-tag-list */
  tags: () => Promise<string[]>;
}

function check(data: Buffer, digest: string, what: string, host: string): void {
  const found = sha256(data);
  if (found === digest) return;
  throw new BoxError(
    "digest-mismatch",
    `registry ${host} sent something else for ${what}: its digest is ${found}`,
    { hint: "the registry, or somebody on the way to it, is not to be trusted" },
  );
}

/**
 * A manifest that calls itself something else than the registry calls it would be read differently by different tools
 * (distribution-spec, "Pulling manifests"). Registries that know nothing of types name others, or none.
 */
function checkType(data: Buffer, header: string | string[] | undefined, what: string, host: string): void {
  const [stated = ""] = String(header ?? "").split(";");
  if (!MANIFEST_TYPES.includes(stated.trim().toLowerCase())) return;
  let own: unknown;
  try {
    ({ mediaType: own } = JSON.parse(data.toString("utf8")) as { mediaType?: unknown });
  } catch {
    // Whoever reads it says what is wrong with it.
    return;
  }
  if (typeof own !== "string" || own === stated.trim().toLowerCase()) return;
  throw new BoxError(
    "bad-image",
    `registry ${host} sends ${what} as ${printable(stated)}, which calls itself ${JSON.stringify(printable(own))}`,
  );
}

/** @param signal ends every request under way */
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

  /** Asks one endpoint after the other; what the last one says counts. */
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

  /** @param what names it in messages, and so does `missing` when it is not there */
  function fetchTyped(path: string, accept: string | undefined, what: string, missing: string) {
    return ({ host, send, retried }: Session) =>
      retried(what, async () => {
        const response = await send(path, { headers: accept === undefined ? {} : { accept } }, missing);
        const data = await readBounded(response, { limit: DOCUMENT_LIMIT, what, host });
        return { data, type: response.headers["content-type"] };
      });
  }
  const fetchSmall =
    (...wish: Parameters<typeof fetchTyped>) =>
    async (session: Session) =>
      (await fetchTyped(...wish)(session)).data;

  return {
    manifest: (tagOrDigest) =>
      first(async (session) => {
        const what = `the manifest of ${name}`;
        const path = `manifests/${tagOrDigest}`;
        const { data, type } = await fetchTyped(path, MANIFEST_TYPES.join(", "), what, name)(session);
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
