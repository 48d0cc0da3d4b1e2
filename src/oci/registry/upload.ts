import { createHash } from "node:crypto";
import { BoxError } from "../../errors.js";
import { MANIFEST_TYPES } from "../media-types.js";
import { PassingFailure, pause, type Limits } from "./failure.js";
import type { Session } from "./session.js";
import { followLocation, readRefusal, type Response } from "./transport.js";
import { cancelUpload, startUpload, type Upload } from "./upload-session.js";

const OCTETS = { "content-type": "application/octet-stream" };

/** The registry has forgotten an upload, or has other bytes of it: it begins anew. */
class LostUpload extends Error {}

/** Whether the repository has a blob (distribution-spec, "Checking if content exists in the registry"). */
export async function blobExists(session: Session, digest: string): Promise<boolean> {
  // A redirect leads to where the blob lies.
  return isThere(session, `blobs/${digest}`, `blob ${digest}`, {});
}

/** Whether the repository has a manifest or an index with a digest. */
export async function manifestExists(session: Session, digest: string): Promise<boolean> {
  return isThere(session, `manifests/${digest}`, `manifest ${digest}`, { accept: MANIFEST_TYPES.join(", ") });
}

async function isThere(
  session: Session,
  path: string,
  what: string,
  headers: Record<string, string>,
): Promise<boolean> {
  return session.retried(what, async () => {
    const others = [301, 302, 303, 307, 308, 404];
    const { body, statusCode } = await session.send(path, { method: "HEAD", headers }, what, others);
    await body.dump();
    return statusCode !== 404;
  });
}

/** Cuts a stream into chunks of the same size; tells of each whether it is the last. */
async function* cut(
  source: AsyncIterable<Uint8Array>,
  chunkBytes: number,
): AsyncGenerator<{ chunk: Buffer; last: boolean }> {
  let parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of source) {
    for (let rest = piece; rest.length > 0;) {
      if (bytes === chunkBytes) {
        yield { chunk: Buffer.concat(parts, bytes), last: false };
        parts = [];
        bytes = 0;
      }
      const part = rest.subarray(0, chunkBytes - bytes);
      parts.push(part);
      bytes += part.length;
      rest = rest.subarray(part.length);
    }
  }
  yield { chunk: Buffer.concat(parts, bytes), last: true };
}

interface Sending {
  session: Session;
  /** Names the blob in messages. */
  what: string;
  limits: Limits;
  signal: AbortSignal;
}

/** `0-N`: how many bytes the registry has; `0-0` is what it says of none. */
function received(response: Response): number | undefined {
  const { range } = response.headers;
  const [, last] = typeof range === "string" ? (/^(?:bytes=)?0-(\d+)$/.exec(range) ?? []) : [];
  if (last === undefined) return undefined;
  return last === "0" ? 0 : Number(last) + 1;
}

/** Asks how far an upload has come (distribution-spec, "Pushing a blob in chunks"). */
async function askProgress(
  { session, what }: Sending,
  location: URL,
): Promise<{ bytes: number; location: URL }> {
  return session.retried(what, async () => {
    const response = await session.send(location, { headers: {} }, what, [404]);
    await response.body.dump();
    const bytes = received(response);
    if (response.statusCode === 404 || bytes === undefined) throw new LostUpload();
    const next =
      response.headers.location === undefined
        ? location
        : followLocation(location, response.headers.location);
    return { bytes, location: next };
  });
}

/**
 * Sends one chunk; where the connection breaks, what the registry has not got is sent again.
 * @returns where the next one goes
 */
async function sendChunk(
  sending: Sending,
  start: Upload["location"],
  chunk: Buffer,
  from: number,
): Promise<URL> {
  const { session, what, limits, signal } = sending;
  let location = start;
  let sent = 0;
  for (let failures = 0; ;) {
    try {
      const range = `${from + sent}-${from + chunk.length - 1}`;
      const response = await session.send(
        location,
        { method: "PATCH", headers: { ...OCTETS, "content-range": range }, body: chunk.subarray(sent) },
        what,
        [404, 416],
      );
      await response.body.dump();
      if (response.statusCode === 404) throw new LostUpload();
      if (response.statusCode !== 416) {
        const has = received(response);
        if (has !== undefined && has !== from + chunk.length)
          throw new PassingFailure(`it took ${has} bytes`);
        return followLocation(location, response.headers.location);
      }
      throw new PassingFailure("it wants other bytes first");
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof PassingFailure)) throw error;
      if (++failures >= limits.attempts) throw new LostUpload(error.message, { cause: error });
      await pause(failures, error, limits, signal);
    }
    const progress = await askProgress(sending, location);
    const has = progress.bytes - from;
    if (has < 0 || has > chunk.length) throw new LostUpload();
    if (has > sent) failures = 0;
    ({ location } = progress);
    sent = has;
    if (sent === chunk.length) return location;
  }
}

/** Ends an upload, with its last bytes where there are any. */
async function finish(
  { session, what }: Sending,
  location: URL,
  digest: string,
  body?: Buffer,
): Promise<void> {
  const url = new URL(location);
  url.searchParams.set("digest", digest);
  try {
    // What came with bytes is not sent twice to the same place: nobody knows how many of them arrived.
    const attempt = async () => {
      const request = { method: "PUT", headers: OCTETS, body: body ?? Buffer.alloc(0) } as const;
      const response = await session.send(url, request, what, [400, 404, 416]);
      const said = await readRefusal(response);
      if (response.statusCode >= 400) throw new LostUpload(`status ${response.statusCode} ${said}`.trimEnd());
    };
    await (body ? attempt() : session.retried(what, attempt));
  } catch (error) {
    if (!(error instanceof LostUpload) && !(error instanceof PassingFailure)) throw error;
    // The answer alone may have been lost.
    if (!(await blobExists(session, digest))) throw new LostUpload(error.message, { cause: error });
  }
}

/** @param upload is kept up to date: it says where the next bytes go */
async function uploadOnce(
  sending: Sending,
  source: AsyncIterable<Uint8Array>,
  upload: Upload,
): Promise<{ digest: string; size: number }> {
  const hash = createHash("sha256");
  let size = 0;
  for await (const { chunk, last } of cut(source, upload.chunkBytes)) {
    hash.update(chunk);
    const from = size;
    size += chunk.length;
    if (last && from === 0) {
      const digest = `sha256:${hash.digest("hex")}`;
      await finish(sending, upload.location, digest, chunk);
      return { digest, size };
    }
    upload.location = await sendChunk(sending, upload.location, chunk, from);
  }
  const digest = `sha256:${hash.digest("hex")}`;
  await finish(sending, upload.location, digest);
  return { digest, size };
}

/**
 * Uploads a blob whose digest is not known before it was read: in one request when it is small, else in chunks; what
 * breaks is taken up where the registry says it is, or begins anew.
 * @param open gives the blob's bytes, the same each time
 * @param begun an upload to use first
 * @throws BoxError access-denied, registry-…; what `open` throws
 */
export async function uploadBlob(
  sending: Sending,
  open: () => AsyncIterable<Uint8Array>,
  begun?: Upload,
): Promise<{ digest: string; size: number }> {
  const { session, what, limits, signal } = sending;
  let upload = begun;
  for (let failures = 1; ; failures++) {
    try {
      upload ??= await startUpload(session);
      return await uploadOnce(sending, open(), upload);
    } catch (error) {
      const lost = error instanceof LostUpload && !signal.aborted;
      if (upload && (!lost || failures >= limits.attempts)) await cancelUpload(session, upload);
      signal.throwIfAborted();
      if (!(error instanceof LostUpload)) throw error;
      const failure = new PassingFailure(error.message || "it has lost what was uploaded", { cause: error });
      if (failures >= limits.attempts) {
        throw new BoxError(
          "registry-failed",
          `registry ${session.host} failed to take ${what}: ${failure.message}`,
          {
            hint: "try again later; layers that are there are not sent again",
            cause: error,
          },
        );
      }
      upload = undefined;
      await pause(failures, failure, limits, signal);
    }
  }
}

/** Puts a manifest under a tag or its digest. @throws BoxError access-denied, registry-… */
export async function putManifest(
  session: Session,
  tagOrDigest: string,
  manifest: { data: Uint8Array; mediaType: string },
  what: string,
): Promise<void> {
  await session.retried(what, async () => {
    const { data: body, mediaType } = manifest;
    const headers = { "content-type": mediaType };
    const { body: answer } = await session.send(
      `manifests/${tagOrDigest}`,
      { method: "PUT", headers, body },
      what,
    );
    await answer.dump();
  });
}
