import { createHash } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { exists } from "../../host/read.js";
import { BoxError } from "../../errors.js";
import type { Verify } from "./verify.js";
import { formatReference, type Reference } from "../../config/syntax/reference.js";
import { readRequirement, type Requirement } from "./policy.js";
import type { Store } from "../store/store.js";

/** Verifies one image against a policy. */
export interface Verifier {
  /** @throws BoxError signature-missing, signature-invalid, invalid-policy, registry-… */
  verify: Verify;
  /** Whether a digest has been verified against the same requirement before. */
  isVerified: (digest: string) => Promise<boolean>;
}

/**
 * @param file a policy, or a PEM public key
 * @returns undefined if the policy accepts the image without a signature
 * @throws BoxError signature-refused if the policy refuses the image, invalid-policy
 */
export async function openVerifier(
  store: Store,
  file: string,
  reference: Reference,
): Promise<Verifier | undefined> {
  const name = formatReference(reference);
  const requirement = await readRequirement(file, reference);
  if (requirement === "accept") return undefined;
  if (requirement === "refuse") {
    throw new BoxError("signature-refused", `the policy ${file} refuses image ${name}`, {
      hint: "add the image or its registry to `images` in the policy",
    });
  }
  return {
    isVerified: (digest) => exists(markerOf(store, requirement, reference, digest)),
    verify: async (repository, digest) => {
      const [{ collectSignatures }, { checkSignature }] = await Promise.all([
        import("./collect.js"),
        import("./signature.js"),
      ]);
      const reasons: string[] = [];
      for await (const found of collectSignatures(repository, digest)) {
        const why = checkSignature(found, digest, requirement);
        if (why === undefined) return remember(markerOf(store, requirement, reference, digest));
        reasons.push(why);
      }
      throw refusal(name, digest, reasons, requirement);
    },
  };
}

function refusal(name: string, digest: string, reasons: string[], requirement: Requirement): BoxError {
  const wanted = requirement.kind === "key" ? `key ${requirement.file}` : requirement.identity;
  const hint = `it must be signed by ${wanted}; or omit \`verify\`, or change the policy`;
  if (reasons.length === 0) {
    return new BoxError("signature-missing", `image ${name} (${digest}) has no signature`, { hint });
  }
  const why = [...new Set(reasons)].slice(0, 3).map(oneLine).join("; ");
  return new BoxError("signature-invalid", `image ${name} (${digest}) has no valid signature: ${why}`, {
    hint,
  });
}

/** Reasons may quote untrusted certificates and payloads. */
function oneLine(text: string): string {
  return text.replace(/[\x00-\x1f\x7f-\x9f]+/g, " ").slice(0, 200);
}

/** Returns the path `verified/HEX` of an empty file that marks a digest as verified for a repository and requirement. */
function markerOf(
  store: Store,
  { kind, fingerprint }: Requirement,
  { domain, path }: Reference,
  digest: string,
): string {
  const what = JSON.stringify([kind, fingerprint, domain, path, digest]);
  return join(store.root, "verified", createHash("sha256").update(what).digest("hex"));
}

async function remember(marker: string): Promise<void> {
  await mkdir(join(marker, ".."), { recursive: true, mode: 0o700 });
  await writeFile(marker, "", { mode: 0o600 });
}
