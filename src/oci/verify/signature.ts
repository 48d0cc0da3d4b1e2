import { verify as verifyBytes, type KeyObject } from "node:crypto";
import { bundleFromJSON, type Bundle } from "@sigstore/bundle";
import { TrustedRoot } from "@sigstore/protobuf-specs";
import { toSignedEntity, toTrustMaterial, Verifier } from "@sigstore/verify";
import * as z from "zod/mini";
import { BoxError } from "../../errors.js";
import type { FoundSignature } from "./collect.js";
import { legacyBundle, SIGNATURE } from "./legacy-bundle.js";
import type { Requirement } from "./policy.js";

/** What cosign signs (containers/image, "Signature JSON data format"). */
const SimpleSigning = z.object({
  critical: z.object({
    type: z.literal("cosign container image signature"),
    image: z.object({ "docker-manifest-digest": z.string() }),
  }),
});

/** What a bundle's envelope holds (in-toto Statement), for a signature of cosign's and nothing else. */
const Statement = z.object({
  _type: z.enum(["https://in-toto.io/Statement/v1", "https://in-toto.io/Statement/v0.1"]),
  predicateType: z.literal("https://sigstore.dev/cosign/sign/v1"),
  subject: z.array(z.object({ digest: z.object({ sha256: z.string() }) })),
});
const IN_TOTO = "application/vnd.in-toto+json";

/**
 * Checks one signature of an image.
 * @returns why it does not count; undefined when it does
 * @throws BoxError invalid-policy when the trusted root is none
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

/** What the library says in numbers only. */
const REASONS: [RegExp, string][] = [
  [/timestamps, got 0$/, "nothing says when it was made: neither a transparency log nor a timestamp"],
  [/tlog entries, got 0$/, "it is in no transparency log"],
  [/SCTs, got 0$/, "its certificate is in no log of certificates"],
];

/** One line, with what it comes from: only that tells an expired certificate from a stranger's. */
function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const own =
    REASONS.find(([pattern]) => pattern.test(error.message))?.[1] ?? error.message.split("\n", 1)[0];
  return error.cause instanceof Error ? `${own}: ${explain(error.cause)}` : (own ?? "");
}

/** @returns why the signature of a bundle over `artifact`, or over its envelope, does not count */
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
  if (!signed.success) return "what it signs is no image";
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
  if (payloadType !== IN_TOTO || !signed.success) return "what it signs is no image";
  const subjects = signed.data.subject.map(({ digest: { sha256 } }) => `sha256:${sha256}`);
  return subjects.includes(digest) ? undefined : matches(subjects[0] ?? "nothing", digest);
}

function matches(signed: string, digest: string): string | undefined {
  return signed === digest ? undefined : `it is of ${signed.slice(0, 80)}`;
}

const hashFor = ({ asymmetricKeyType }: KeyObject) => (asymmetricKeyType === "ed25519" ? null : "sha256");

function wrongKey({ file }: Requirement): string {
  return `it is not by the key ${file}`;
}

const byKey: VerifySignature = (bundle, requirement) => {
  if (requirement.kind !== "key") return "a key was not asked for";
  const { signature } = toSignedEntity(bundle);
  // The type is of an older KeyObject's; it is the same class.
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
    // What a root does not name cannot be asked for: a private one may do without logs of certificates.
    const thresholds = {
      ctlogThreshold: Math.min(1, root.ctlogs.length),
      tlogThreshold: Math.min(1, root.tlogs.length),
      timestampThreshold: 1,
    };
    verifier = new Verifier(toTrustMaterial(root), thresholds);
  } catch (cause) {
    throw new BoxError("invalid-policy", `${JSON.stringify(file)} is no trusted root of sigstore`, {
      hint: "`cosign trusted-root create` makes one",
      cause,
    });
  }
  return (bundle, _, artifact) => {
    const entity = toSignedEntity(bundle, artifact);
    // By an authority that the root does not name, it says nothing: the log's word may do.
    const timestamps = entity.timestamps.filter(
      ({ $case }) => $case !== "timestamp-authority" || root.timestampAuthorities.length > 0,
    );
    const { identity: signer } = verifier.verify({ ...entity, timestamps });
    const who = signer?.subjectAlternativeName ?? "nobody";
    const by = signer?.extensions?.issuer ?? "nobody";
    return who === identity && by === issuer ? undefined : `it is by ${who}, vouched for by ${by}`;
  };
}
