import { bundleFromJSON, type Bundle } from "@sigstore/bundle";
import { createHash, X509Certificate } from "node:crypto";
import * as z from "zod/mini";

export const SIGNATURE = "dev.cosignproject.cosign/signature";
const CERTIFICATE = "dev.sigstore.cosign/certificate";
const REKOR = "dev.sigstore.cosign/bundle";
const TIMESTAMP = "dev.sigstore.cosign/rfc3161timestamp";

/** A transparency log entry, as cosign 2 stores it with a signature. */
const RekorEntry = z.object({
  SignedEntryTimestamp: z.string(),
  Payload: z.object({
    body: z.string(),
    integratedTime: z.int(),
    logIndex: z.int(),
    logID: z.string(),
  }),
});
const Timestamp = z.object({ SignedRFC3161Timestamp: z.string() });
const Kind = z.object({ kind: z.string(), apiVersion: z.string() });

/**
 * Converts a keyless signature of cosign 1 or 2, whose parts are annotations, to a bundle.
 * @throws Error if a part is missing or malformed
 */
export function legacyBundle(payload: Buffer, annotations: Record<string, string>): Bundle {
  const certificate = annotations[CERTIFICATE];
  const entry = annotations[REKOR];
  if (certificate === undefined) throw new Error("it has no certificate");
  const rekor = entry === undefined ? undefined : z.parse(RekorEntry, JSON.parse(entry));
  const stamp = annotations[TIMESTAMP];
  const stamped = stamp === undefined ? undefined : z.parse(Timestamp, JSON.parse(stamp));
  return bundleFromJSON({
    mediaType: "application/vnd.dev.sigstore.bundle+json;version=0.1",
    verificationMaterial: {
      x509CertificateChain: {
        certificates: [{ rawBytes: new X509Certificate(certificate).raw.toString("base64") }],
      },
      tlogEntries: rekor === undefined ? [] : [logEntry(rekor)],
      timestampVerificationData: {
        rfc3161Timestamps: stamped === undefined ? [] : [{ signedTimestamp: stamped.SignedRFC3161Timestamp }],
      },
    },
    messageSignature: {
      messageDigest: {
        algorithm: "SHA2_256",
        digest: createHash("sha256").update(payload).digest("base64"),
      },
      signature: annotations[SIGNATURE] ?? "",
    },
  });
}

function logEntry({ SignedEntryTimestamp, Payload }: z.infer<typeof RekorEntry>): object {
  const { body, integratedTime, logIndex, logID } = Payload;
  const { kind, apiVersion } = z.parse(Kind, JSON.parse(Buffer.from(body, "base64").toString("utf8")));
  return {
    logIndex: String(logIndex),
    logId: { keyId: Buffer.from(logID, "hex").toString("base64") },
    kindVersion: { kind, version: apiVersion },
    integratedTime: String(integratedTime),
    inclusionPromise: { signedEntryTimestamp: SignedEntryTimestamp },
    canonicalizedBody: body,
  };
}
