import { createHash } from "node:crypto";
import { BoxError } from "../../errors.js";
import { MANIFEST_TYPES } from "../media-types.js";
import { PassingFailure, pause, type Limits } from "./failure.js";
import type { Session } from "./session.js";
import { followLocation, readRefusal, type Response } from "./transport.js";
import { cancelUpload, startUpload, type Upload } from "./upload-session.js";
import { counted } from "../../config/syntax/counted.js";

const OCTETS = { "content-type": "application/octet-stream" };

/** The registry no longer has an upload, or has other bytes than were sent: it must be restarted. */
class LostUpload extends Error {}

/** Whether the repository has a blob (distribution-spec, "Checking if content exists in the registry"). */
export async function blobExists(session: Session, digest: string): Promise<boolean> {
  // A redirect leads to the storage of the blob.
  return isThere(session, `blobs/${digest}`, `blob ${digest}`, {});
}

/** Whether the repository has a manifest or an index with this digest. */
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

/** Splits a stream into chunks of equal size. */
async function* split(
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
  /** The blob's name in messages. */
  what: string;
  limits: Limits;
  signal: AbortSignal;
}

/** Returns the number of bytes that the registry has, from `Range: 0-N`; `0-0` means none. */
function received(response: Response): number | undefined {
  const { range } = response.headers;
  const [, last] = typeof range === "string" ? (/^(?:bytes=)?0-(\d+)$/.exec(range) ?? []) : [];
  if (last === undefined) return undefined;
  return last === "0" ? 0 : Number(last) + 1;
}

/** Requests the progress of an upload (distribution-spec, "Pushing a blob in chunks"). */
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
 * Sends one chunk. If the connection breaks, the bytes that the registry has not received are sent again.
 * @returns the location for the next chunk
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
          throw new PassingFailure(`it received ${counted(has, "byte")}`);
        return followLocation(location, response.headers.location);
      }
      throw new PassingFailure("it expects a different range");
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

/** Completes an upload, optionally with its last bytes. */
async function finish(
  { session, what }: Sending,
  location: URL,
  digest: string,
  body?: Buffer,
): Promise<void> {
  const url = new URL(location);
  url.searchParams.set("digest", digest);
  try {
    // A request with bytes is not repeated, because it is unknown how many of them arrived.
    const attempt = async () => {
      const request = { method: "PUT", headers: OCTETS, body: body ?? Buffer.alloc(0) } as const;
      const response = await session.send(url, request, what, [400, 404, 416]);
      const said = await readRefusal(response);
      if (response.statusCode >= 400) throw new LostUpload(`status ${response.statusCode} ${said}`.trimEnd());
    };
    await (body ? attempt() : session.retried(what, attempt));
  } catch (error) {
    if (!(error instanceof LostUpload) && !(error instanceof PassingFailure)) throw error;
    // Only the response may have been lost.
    if (!(await blobExists(session, digest))) throw new LostUpload(error.message, { cause: error });
  }
}

/** @param upload its location is updated after each chunk */
async function uploadOnce(
  sending: Sending,
  source: AsyncIterable<Uint8Array>,
  upload: Upload,
): Promise<{ digest: string; size: number }> {
  const hash = createHash("sha256");
  let size = 0;
  for await (const { chunk, last } of split(source, upload.chunkBytes)) {
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
 * Uploads a blob whose digest is unknown until it has been read: in one request if it is small, otherwise in chunks. An
 * interrupted upload is resumed where the registry says it stopped, or else restarted.
 * @param open returns the blob's bytes, the same each time
 * @param begun an upload to use for the first attempt
 * @throws BoxError access-denied, registry-…, and what `open` throws
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
      const failure = new PassingFailure(error.message || "it lost the upload", { cause: error });
      if (failures >= limits.attempts) {
        throw new BoxError(
          "registry-failed",
          `registry ${session.host}: upload of ${what} failed: ${failure.message}`,
          {
            hint: "try again later; layers that are complete are not transferred again",
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
