import { verify as verifyBytes, type KeyObject } from "node:crypto";
import { bundleFromJSON, type Bundle } from "@sigstore/bundle";
import { TrustedRoot } from "@sigstore/protobuf-specs";
import { toSignedEntity, toTrustMaterial, Verifier } from "@sigstore/verify";
import * as z from "zod/mini";
import { BoxError } from "../../errors.js";
import type { FoundSignature } from "./collect.js";
import { legacyBundle, SIGNATURE } from "./legacy-bundle.js";
import type { Requirement } from "./policy.js";

/** The payload that cosign signs (containers/image, "Signature JSON data format"). */
const SimpleSigning = z.object({
  critical: z.object({
    type: z.literal("cosign container image signature"),
    image: z.object({ "docker-manifest-digest": z.string() }),
  }),
});

/** The payload of a bundle's envelope (in-toto Statement), for signatures by cosign only. */
const Statement = z.object({
  _type: z.enum(["https://in-toto.io/Statement/v1", "https://in-toto.io/Statement/v0.1"]),
  predicateType: z.literal("https://sigstore.dev/cosign/sign/v1"),
  subject: z.array(z.object({ digest: z.object({ sha256: z.string() }) })),
});
const IN_TOTO = "application/vnd.in-toto+json";

/**
 * Checks one signature of an image.
 * @returns the reason why it is not valid; undefined if it is
 * @throws BoxError invalid-policy if the trusted root is malformed
 */
export function checkSignature(
  found: FoundSignature,
  digest: string,
  requirement: Requirement,
): string | undefined {
  const verifySignature = requirement.kind === "key" ? byKey : byIdentity(requirement);
  try {
    return found.kind === "simple"
      ? verifySimpleSigning(found, digest, requirement, verifySignature)
      : verifyBundle(found.json, digest, requirement, verifySignature);
  } catch (error) {
    return explain(error);
  }
}

/** Replacements for the library's messages that only have numbers. */
const REASONS: [RegExp, string][] = [
  [/timestamps, got 0$/, "it has no verified time, neither from a transparency log nor from a timestamp"],
  [/tlog entries, got 0$/, "it is not in a transparency log"],
  [/SCTs, got 0$/, "its certificate is not in a certificate transparency log"],
];

/** Returns the message and those of its causes: only these distinguish an expired certificate from an unknown one. */
function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const own =
    REASONS.find(([pattern]) => pattern.test(error.message))?.[1] ?? error.message.split("\n", 1)[0];
  return error.cause instanceof Error ? `${own}: ${explain(error.cause)}` : (own ?? "");
}

/** @returns the reason why a bundle's signature of `artifact`, or of its envelope, is not valid */
type VerifySignature = (bundle: Bundle, requirement: Requirement, artifact?: Buffer) => string | undefined;

function verifySimpleSigning(
  { payload, annotations }: FoundSignature & { kind: "simple" },
  digest: string,
  requirement: Requirement,
  verifySignature: VerifySignature,
): string | undefined {
  if (requirement.kind === "key") {
    const signature = Buffer.from(annotations[SIGNATURE] ?? "", "base64");
    if (!verifyBytes(hashFor(requirement.key), payload, requirement.key, signature))
      return wrongKey(requirement);
  } else {
    const why = verifySignature(legacyBundle(payload, annotations), requirement, payload);
    if (why !== undefined) return why;
  }
  const signed = z.safeParse(SimpleSigning, JSON.parse(payload.toString("utf8")));
  if (!signed.success) return "it does not sign an image";
  return matches(signed.data.critical.image["docker-manifest-digest"], digest);
}

function verifyBundle(
  json: Buffer,
  digest: string,
  requirement: Requirement,
  verifySignature: VerifySignature,
): string | undefined {
  const bundle = bundleFromJSON(JSON.parse(json.toString("utf8")));
  if (bundle.content.$case !== "dsseEnvelope") return "its bundle has no envelope";
  const { payload, payloadType } = bundle.content.dsseEnvelope;
  const why = verifySignature(bundle, requirement);
  if (why !== undefined) return why;
  const signed = z.safeParse(Statement, JSON.parse(payload.toString("utf8")));
  if (payloadType !== IN_TOTO || !signed.success) return "it does not sign an image";
  const subjects = signed.data.subject.map(({ digest: { sha256 } }) => `sha256:${sha256}`);
  return subjects.includes(digest) ? undefined : matches(subjects[0] ?? "nothing", digest);
}

function matches(signed: string, digest: string): string | undefined {
  return signed === digest ? undefined : `it signs ${signed.slice(0, 80)}`;
}

const hashFor = ({ asymmetricKeyType }: KeyObject) => (asymmetricKeyType === "ed25519" ? null : "sha256");

function wrongKey({ file }: Requirement): string {
  return `it was not made with the key ${file}`;
}

const byKey: VerifySignature = (bundle, requirement) => {
  if (requirement.kind !== "key") return "no key is required";
  const { signature } = toSignedEntity(bundle);
  // Its type is that of an older KeyObject, but the class is the same.
  return signature.verifySignature(requirement.key) ? undefined : wrongKey(requirement);
};

function byIdentity({
  file,
  trustedRoot,
  identity,
  issuer,
}: Requirement & { kind: "identity" }): VerifySignature {
  let verifier: Verifier;
  let root: TrustedRoot;
  try {
    root = TrustedRoot.fromJSON(trustedRoot);
    // Only require what the root names: a private one may have no certificate transparency log.
    const thresholds = {
      ctlogThreshold: Math.min(1, root.ctlogs.length),
      tlogThreshold: Math.min(1, root.tlogs.length),
      timestampThreshold: 1,
    };
    verifier = new Verifier(toTrustMaterial(root), thresholds);
  } catch (cause) {
    throw new BoxError("invalid-policy", `${JSON.stringify(file)} is not a sigstore trusted root`, {
      hint: "create one with `cosign trusted-root create`",
      cause,
    });
  }
  return (bundle, _, artifact) => {
    const entity = toSignedEntity(bundle, artifact);
    // Ignore timestamps if the root names no timestamp authority: the log's time may be enough.
    const timestamps = entity.timestamps.filter(
      ({ $case }) => $case !== "timestamp-authority" || root.timestampAuthorities.length > 0,
    );
    const { identity: signer } = verifier.verify({ ...entity, timestamps });
    const who = signer?.subjectAlternativeName ?? "nobody";
    const by = signer?.extensions?.issuer ?? "nobody";
    return who === identity && by === issuer ? undefined : `it was made by ${who} (issuer ${by})`;
  };
}
