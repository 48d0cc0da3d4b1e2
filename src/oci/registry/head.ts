import { BoxError } from "../../errors.js";
import { readSettings } from "../../config/settings.js";
import { MANIFEST_TYPES } from "../media-types.js";
import { formatReference, isDigest, type Reference } from "../../config/syntax/reference.js";
import { pullEndpoints } from "./endpoint.js";
import { PassingFailure, type Limits } from "./failure.js";
import { openSession } from "./session.js";
import type { Home } from "../../host/home.js";

/**
 * Asks the registry's mirrors, then the registry itself, which digest a tag refers to now, with a single HEAD request
 * each. The digest is unverified: use it only to find out whether the tag has changed.
 * @returns undefined if none of them responds, or the response has no digest
 * @throws BoxError invalid-settings; the signal's reason
 */
export async function askDigest(
  home: Home,
  reference: Reference,
  limits: Limits,
  signal: AbortSignal = new AbortController().signal,
): Promise<string | undefined> {
  const { registries } = await readSettings(home);
  for (const endpoint of pullEndpoints(reference.domain, registries)) {
    const session = openSession(home, endpoint, {
      path: reference.path,
      access: "pull",
      signal,
      limits,
    });
    try {
      const { body, headers } = await session.send(
        `manifests/${reference.tag ?? "latest"}`,
        { method: "HEAD", headers: { accept: MANIFEST_TYPES.join(", ") } },
        formatReference(reference),
      );
      await body.dump();
      const digest = headers["docker-content-digest"];
      return typeof digest === "string" && isDigest(digest) ? digest : undefined;
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof BoxError) && !(error instanceof PassingFailure)) throw error;
    } finally {
      await session.close();
    }
  }
  return undefined;
}
