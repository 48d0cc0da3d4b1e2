import { BoxError } from "../../errors.js";
import type { Session } from "./session.js";
import { followLocation, type Response } from "./transport.js";

/** Sent in one request; so much of a blob is held in memory, and is sent again at most when a connection breaks. */
const CHUNK_BYTES = 8 * 2 ** 20;
/** A registry may ask for larger chunks (`OCI-Chunk-Min-Length`), up to so much. */
const LARGEST_CHUNK = 64 * 2 ** 20;

/** What an upload is begun with. */
export interface Upload {
  /** Where the registry wants the next bytes. */
  location: URL;
  chunkBytes: number;
}

function uploadAt(session: Session, from: URL, response: Response): Upload {
  const location = followLocation(from, response.headers.location);
  const least = Number(response.headers["oci-chunk-min-length"] ?? 0);
  if (Number.isNaN(least) || least > LARGEST_CHUNK) {
    throw new BoxError("registry-failed", `registry ${session.host} wants chunks of ${least} bytes`, {
      hint: `box sends chunks up to ${LARGEST_CHUNK} bytes`,
    });
  }
  return { location, chunkBytes: Math.max(CHUNK_BYTES, least) };
}

/** Begins an upload (distribution-spec, "Pushing blobs"). @throws BoxError access-denied, registry-… */
export async function startUpload(session: Session): Promise<Upload> {
  const what = "the start of an upload";
  return session.retried(what, async () => {
    const response = await session.send("blobs/uploads/", { method: "POST", headers: {} }, what);
    await response.body.dump();
    return uploadAt(session, await session.origin(), response);
  });
}

/**
 * Lets a repository have a blob of another one of the registry (distribution-spec, "Mounting a blob from another
 * repository").
 * @returns true when it has it now; else the upload that the registry began in its place, if it did.
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
    // Who may not read there uploads.
    if (error instanceof BoxError && error.code === "access-denied") return undefined;
    throw error;
  }
}

/** How long a registry is waited for that is to forget an upload. */
const CANCEL_MS = 2000;

/**
 * Lets the registry forget an upload that will not be ended (distribution-spec, "Cancel a blob upload"). Where it does
 * not do so now, it will in the end: registries sweep.
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
    // More of it had arrived than is known here: it has another place by now.
    const { headers } = await ask("GET", location);
    await ask("DELETE", followLocation(location, headers.location));
  } catch {
    // Whoever gave up has told why.
  }
}
