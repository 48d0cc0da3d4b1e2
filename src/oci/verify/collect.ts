import * as z from "zod/mini";
import { BoxError } from "../../errors.js";
import { isDigest } from "../../config/syntax/reference.js";
import type { Repository } from "../registry/client.js";

const SIMPLE_SIGNING = "application/vnd.dev.cosign.simplesigning.v1+json";
const BUNDLE = /^application\/vnd\.dev\.sigstore\.bundle(\.v0\.\d+\+json|\+json;version=0\.\d+)$/;

/**
 * What a list may call a manifest of signatures. In the tag's index, cosign calls its own by the type of their empty
 * configuration; others leave it out.
 */
const MAYBE = /^$|cosign|^application\/vnd\.oci\.(empty|image\.config)\.v1\+json$/;

/** A signature as it lies in a registry: unverified, from whoever may push there. */
export type FoundSignature =
  { kind: "simple"; payload: Buffer; annotations: Record<string, string> } | { kind: "bundle"; json: Buffer };

/** Signatures of one image that are looked at: whoever floods a repository with them does not keep box busy. */
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
 * The signatures that a registry has of a digest: cosign's, under the tag `sha256-HEX.sig`, and those that refer to it
 * (distribution-spec, "Listing Referrers", with the tag `sha256-HEX` where the registry has no such list).
 * What is no signature, or no valid document, is passed over.
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
