import * as z from "zod/mini";
import { BoxError } from "../../errors.js";
import { isDigest } from "../../config/syntax/reference.js";
import type { Repository } from "../registry/client.js";

const SIMPLE_SIGNING = "application/vnd.dev.cosign.simplesigning.v1+json";
const BUNDLE = /^application\/vnd\.dev\.sigstore\.bundle(\.v0\.\d+\+json|\+json;version=0\.\d+)$/;

/**
 * Artifact types that may be those of signature manifests. In the index under a tag, cosign uses the type of the
 * manifest's empty configuration; other tools omit it.
 */
const MAYBE = /^$|cosign|^application\/vnd\.oci\.(empty|image\.config)\.v1\+json$/;

/** A signature from a registry: unverified, and anyone who can push there may have put it there. */
export type FoundSignature =
  { kind: "simple"; payload: Buffer; annotations: Record<string, string> } | { kind: "bundle"; json: Buffer };

/** Maximum number of signatures to check per image, in case someone floods the repository with them. */
const MOST_SIGNATURES = 32;

const Descriptor = z.object({
  mediaType: z.optional(z.string()),
  artifactType: z.optional(z.string()),
  digest: z.string().check(z.refine(isDigest)),
  size: z.int().check(z.minimum(0)),
  annotations: z.optional(z.record(z.string(), z.string())),
});
const SignatureManifest = z.object({ layers: z.array(Descriptor) });
const Referrers = z.object({ manifests: z.array(Descriptor) });

function read<T>(schema: z.ZodMiniType<T>, data: Buffer): T | undefined {
  try {
    return z.safeParse(schema, JSON.parse(data.toString("utf8"))).data;
  } catch {
    return undefined;
  }
}

/**
 * Yields the signatures for a digest in a registry: those of cosign, under the tag `sha256-HEX.sig`, and those in its
 * list of referrers (distribution-spec, "Listing Referrers"; if the registry has none, in the index under the tag
 * `sha256-HEX`). Anything that is not a signature, or not a valid document, is skipped.
 * @throws BoxError registry-…, access-denied
 */
export async function* collectSignatures(
  repository: Repository,
  digest: string,
): AsyncGenerator<FoundSignature, void, undefined> {
  const tag = digest.replace(":", "-");
  let count = 0;
  async function* within(manifest: Buffer | undefined): AsyncGenerator<FoundSignature, void, undefined> {
    for (const layer of (manifest && read(SignatureManifest, manifest))?.layers ?? []) {
      const { mediaType = "", annotations = {} } = layer;
      const simple = mediaType === SIMPLE_SIGNING;
      if ((!simple && !BUNDLE.test(mediaType)) || ++count > MOST_SIGNATURES) continue;
      const data = await repository.document(layer, `a signature of ${digest}`);
      yield simple ? { kind: "simple", payload: data, annotations } : { kind: "bundle", json: data };
    }
  }
  yield* within(await manifestOf(repository, `${tag}.sig`));
  const list = (await repository.referrers(digest)) ?? (await manifestOf(repository, tag));
  for (const referrer of ((list && read(Referrers, list))?.manifests ?? []).slice(0, 4 * MOST_SIGNATURES)) {
    const { artifactType = "" } = referrer;
    if (!MAYBE.test(artifactType) && !BUNDLE.test(artifactType)) continue;
    if (count >= MOST_SIGNATURES) return;
    yield* within(await manifestOf(repository, referrer.digest));
  }
}

async function manifestOf(repository: Repository, reference: string): Promise<Buffer | undefined> {
  try {
    return (await repository.manifest(reference)).data;
  } catch (error) {
    if (error instanceof BoxError && error.code === "image-not-found") return undefined;
    throw error;
  }
}
