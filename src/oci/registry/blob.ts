import { BoxError } from "../../errors.js";
import type { Descriptor } from "../manifest.js";
import { explainFailure, lastFailure, PassingFailure, pause, type Limits } from "./failure.js";
import type { Session } from "./session.js";
import type { Response } from "./transport.js";

/** `bytes 100-199/200`: does the answer begin where it was asked to? */
function startsAt(response: Response, offset: number): boolean {
  const range = response.headers["content-range"];
  return typeof range === "string" && range.startsWith(`bytes ${offset}-`);
}

/** Ends an answer that is not wanted. What undici then says of it is nobody's error. */
function abandon({ body }: Response): void {
  body.on("error", () => undefined).destroy();
}

interface Download {
  /** The image, for messages. */
  name: string;
  signal: AbortSignal;
  limits: Limits;
}

/**
 * The bytes of a blob, exactly as many as the descriptor says. A connection that breaks is taken up again where it
 * broke; when a mirror gives up, the next endpoint goes on from there.
 * @param sessions endpoints to ask, in order; there is one at least.
 * @throws BoxError image-not-found, access-denied, size-mismatch, registry-…
 */
export async function* downloadBlob(
  sessions: readonly Session[],
  { digest, size }: Descriptor,
  download: Download,
): AsyncGenerator<Buffer, void, undefined> {
  const position = { offset: 0 };
  for (const [i, session] of sessions.entries()) {
    try {
      yield* downloadFrom(session, { digest, size }, position, download);
      return;
    } catch (error) {
      download.signal.throwIfAborted();
      // What came beyond the size has been handed out: nobody can go on from there.
      const hopeless = !(error instanceof BoxError) || position.offset > size;
      if (i === sessions.length - 1 || hopeless) throw error;
    }
  }
}

async function* downloadFrom(
  { host, send }: Session,
  { digest, size }: Descriptor,
  position: { offset: number },
  { name, signal, limits }: Download,
): AsyncGenerator<Buffer, void, undefined> {
  const what = `layer ${digest}`;
  let failures = 0;
  let breaks = 0;

  function sizeMismatch(found: number | string): BoxError {
    return new BoxError(
      "size-mismatch",
      `${what} of ${name} has ${found} bytes in registry ${host}, not ${size} as its manifest says`,
    );
  }

  while (position.offset < size || size === 0) {
    const before = position.offset;
    try {
      const range: Record<string, string> = before > 0 ? { range: `bytes=${before}-` } : {};
      const response = await send(`blobs/${digest}`, { headers: range, signal }, `${what} of ${name}`);
      // A registry without ranges sends all of it again.
      let skip = before;
      if (response.statusCode === 206) {
        if (!startsAt(response, before)) {
          abandon(response);
          throw new BoxError(
            "registry-failed",
            `registry ${host} sent another part of ${what} than it was asked`,
          );
        }
        skip = 0;
      }
      const stated = response.headers["content-length"];
      if (typeof stated === "string" && Number(stated) !== size - before + skip) {
        abandon(response);
        throw sizeMismatch(Number(stated) + before - skip);
      }
      for await (const chunk of response.body as AsyncIterable<Buffer>) {
        const fresh = skip === 0 ? chunk : chunk.subarray(Math.min(skip, chunk.length));
        skip -= chunk.length - fresh.length;
        if (fresh.length === 0) continue;
        position.offset += fresh.length;
        if (position.offset > size) throw sizeMismatch(`more than ${size}`);
        yield fresh;
      }
      if (position.offset === size) return;
      throw new PassingFailure(`it sent ${position.offset} of ${size} bytes`);
    } catch (error) {
      signal.throwIfAborted();
      const failure = explainFailure(error, host);
      if (!(failure instanceof PassingFailure)) throw failure;
      failures = position.offset > before ? 1 : failures + 1;
      // A peer that breaks off again and again, a few bytes at a time, is not waited for for ever.
      breaks++;
      if (failures >= limits.attempts || breaks >= 4 * limits.attempts)
        throw lastFailure(failure, host, what);
      await pause(failures, failure, limits, signal);
    }
  }
}
