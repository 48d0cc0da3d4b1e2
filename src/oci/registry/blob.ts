import { BoxError } from "../../errors.js";
import type { Descriptor } from "../manifest.js";
import { explainFailure, lastFailure, PassingFailure, pause, type Limits } from "./failure.js";
import type { Session } from "./session.js";
import type { Response } from "./transport.js";
import { counted } from "../../config/syntax/counted.js";

/** Whether a partial response (`bytes 100-199/200`) begins at the requested offset. */
function startsAt(response: Response, offset: number): boolean {
  const range = response.headers["content-range"];
  return typeof range === "string" && range.startsWith(`bytes ${offset}-`);
}

/** Discards a response. The error that undici then emits on its body is ignored. */
function abandon({ body }: Response): void {
  body.on("error", () => undefined).destroy();
}

interface Download {
  /** Name of the image, for messages. */
  name: string;
  signal: AbortSignal;
  limits: Limits;
}

/**
 * Yields the bytes of a blob, exactly as many as the descriptor says. A broken connection is resumed where it broke off;
 * if a mirror fails for good, the download continues from the next endpoint.
 * @param sessions endpoints to try, in order; at least one
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
      // The excess bytes have already been yielded, so no endpoint can continue from here.
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

  function sizeMismatch(found: string): BoxError {
    return new BoxError(
      "size-mismatch",
      `${what} of ${name} has ${found} in registry ${host}, but its manifest says ${size}`,
    );
  }

  while (position.offset < size || size === 0) {
    const before = position.offset;
    try {
      const range: Record<string, string> = before > 0 ? { range: `bytes=${before}-` } : {};
      const response = await send(`blobs/${digest}`, { headers: range, signal }, `${what} of ${name}`);
      // A registry without support for ranges sends the whole blob again.
      let skip = before;
      if (response.statusCode === 206) {
        if (!startsAt(response, before)) {
          abandon(response);
          throw new BoxError(
            "registry-failed",
            `registry ${host} sent a different range of ${what} than requested`,
          );
        }
        skip = 0;
      }
      const stated = response.headers["content-length"];
      if (typeof stated === "string" && Number(stated) !== size - before + skip) {
        abandon(response);
        throw sizeMismatch(counted(Number(stated) + before - skip, "byte"));
      }
      for await (const chunk of response.body as AsyncIterable<Buffer>) {
        const fresh = skip === 0 ? chunk : chunk.subarray(Math.min(skip, chunk.length));
        skip -= chunk.length - fresh.length;
        if (fresh.length === 0) continue;
        position.offset += fresh.length;
        if (position.offset > size) throw sizeMismatch(`more than ${counted(size, "byte")}`);
        yield fresh;
      }
      if (position.offset === size) return;
      throw new PassingFailure(`received only ${position.offset} of ${counted(size, "byte")}`);
    } catch (error) {
      signal.throwIfAborted();
      const failure = explainFailure(error, host);
      if (!(failure instanceof PassingFailure)) throw failure;
      failures = position.offset > before ? 1 : failures + 1;
      // Give up on a peer that keeps breaking off after a few bytes.
      breaks++;
      if (failures >= limits.attempts || breaks >= 4 * limits.attempts)
        throw lastFailure(failure, host, what);
      await pause(failures, failure, limits, signal);
    }
  }
}
