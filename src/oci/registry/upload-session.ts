import { BoxError } from "../../errors.js";
import type { Session } from "./session.js";
import { followLocation, type Response } from "./transport.js";

/** Bytes per request: also what is held in memory, and the most that is sent again after a broken connection. */
const CHUNK_BYTES = 8 * 2 ** 20;
/** Limit of the chunk size that a registry may request (`OCI-Chunk-Min-Length`). */
const LARGEST_CHUNK = 64 * 2 ** 20;

/** An upload session of a registry. */
export interface Upload {
  /** Where to send the next bytes. */
  location: URL;
  chunkBytes: number;
}

function uploadAt(session: Session, from: URL, response: Response): Upload {
  const location = followLocation(from, response.headers.location);
  const least = Number(response.headers["oci-chunk-min-length"] ?? 0);
  if (Number.isNaN(least) || least > LARGEST_CHUNK) {
    throw new BoxError("registry-failed", `registry ${session.host} requires chunks of ${least} bytes`, {
      hint: `the maximum is ${LARGEST_CHUNK} bytes`,
    });
  }
  return { location, chunkBytes: Math.max(CHUNK_BYTES, least) };
}

/** Starts an upload (distribution-spec, "Pushing blobs"). @throws BoxError access-denied, registry-… */
export async function startUpload(session: Session): Promise<Upload> {
  const what = "the start of an upload";
  return session.retried(what, async () => {
    const response = await session.send("blobs/uploads/", { method: "POST", headers: {} }, what);
    await response.body.dump();
    return uploadAt(session, await session.origin(), response);
  });
}

/**
 * Mounts a blob of another repository of the same registry (distribution-spec, "Mounting a blob from another
 * repository").
 * @returns true if the blob was mounted; otherwise the upload that the registry started instead, if any
 */
export async function mountBlob(
  session: Session,
  digest: string,
  from: string,
): Promise<true | Upload | undefined> {
  const query = new URLSearchParams({ mount: digest, from });
  const what = `mounting ${digest} from ${from}`;
  try {
    return await session.retried(what, async () => {
      const request = { method: "POST", headers: {} } as const;
      const response = await session.send(
        `blobs/uploads/?${query.toString()}`,
        request,
        what,
        [400, 404, 405],
      );
      await response.body.dump();
      if (response.statusCode === 201) return true;
      return response.statusCode === 202 ? uploadAt(session, await session.origin(), response) : undefined;
    });
  } catch (error) {
    // Without read access to that repository, the blob must be uploaded.
    if (error instanceof BoxError && error.code === "access-denied") return undefined;
    throw error;
  }
}

/** Timeout for canceling an upload. */
const CANCEL_MS = 2000;

/**
 * Cancels an upload (distribution-spec, "Cancel a blob upload"). Failures are ignored: registries clean up abandoned
 * uploads eventually.
 */
export async function cancelUpload(session: Session, { location }: Upload): Promise<void> {
  const signal = AbortSignal.timeout(CANCEL_MS);
  const ask = async (method: "DELETE" | "GET", to: URL): Promise<Response> => {
    const headers: Record<string, string> = method === "DELETE" ? { "content-length": "0" } : {};
    const response = await session.send(to, { method, headers, signal }, "an upload", [400, 404, 405, 416]);
    await response.body.dump();
    return response;
  };
  try {
    const { statusCode } = await ask("DELETE", location);
    if (statusCode !== 400 && statusCode !== 416) return;
    // The registry received more than box knows of, so the location has changed.
    const { headers } = await ask("GET", location);
    await ask("DELETE", followLocation(location, headers.location));
  } catch {
    // The error that caused the cancellation is the one to report.
  }
}
