import { execFileSync } from "node:child_process";
import {
  createHash,
  createPrivateKey,
  generateKeyPairSync,
  sign,
  X509Certificate,
  type KeyObject,
} from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { OCI, sha256, type TestImage, type TestIndex } from "./image.js";

/** Signatures as cosign makes them, made here with node:crypto and openssl. */
export interface KeyPair {
  privateKey: KeyObject;
  publicKey: KeyObject;
}
export const newKey = (): KeyPair => generateKeyPairSync("ec", { namedCurve: "P-256" });
export const pem = ({ publicKey }: KeyPair): string =>
  publicKey.export({ type: "spki", format: "pem" }).toString();

export function payloadOf(digest: string): Buffer {
  return Buffer.from(
    JSON.stringify({
      critical: {
        identity: { "docker-reference": "" },
        image: { "docker-manifest-digest": digest },
        type: "cosign container image signature",
      },
      optional: null,
    }),
  );
}

export const signatureOf = (payload: Buffer, { privateKey }: KeyPair): string =>
  sign("sha256", payload, privateKey).toString("base64");

interface Layer {
  data: Buffer;
  mediaType: string;
  annotations?: Record<string, string>;
}

/** A manifest that holds signatures; `subject` makes it refer to an image. */
export function artifact(
  layers: Layer[],
  options: { artifactType?: string; subject?: TestImage | TestIndex } = {},
): TestImage {
  const { artifactType, subject } = options;
  const config = Buffer.from("{}");
  const blobs = new Map([
    [sha256(config), config],
    ...layers.map(({ data }) => [sha256(data), data] as const),
  ]);
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: OCI.manifest,
      ...(artifactType === undefined ? {} : { artifactType }),
      config: { mediaType: OCI.config, digest: sha256(config), size: config.length },
      layers: layers.map(({ data, mediaType, annotations }) => ({
        mediaType,
        digest: sha256(data),
        size: data.length,
        annotations,
      })),
      ...(subject && {
        subject: { mediaType: subject.mediaType, digest: subject.digest, size: subject.manifest.length },
      }),
    }),
  );
  return {
    manifest,
    digest: sha256(manifest),
    mediaType: OCI.manifest,
    configDigest: sha256(config),
    layers: [],
    diffIds: [],
    blobs,
  };
}

/** What `cosign sign --key` of cosign 1 and 2 pushes. */
export function simpleSignature(payload: Buffer, annotations: Record<string, string>): TestImage {
  return artifact([
    { data: payload, mediaType: "application/vnd.dev.cosign.simplesigning.v1+json", annotations },
  ]);
}

const BUNDLE_TYPE = "application/vnd.dev.sigstore.bundle.v0.3+json";

/** What cosign 3 pushes: a bundle in a manifest that refers to the image. */
export function bundleArtifact(bundle: object, subject: TestImage | TestIndex): TestImage {
  const data = Buffer.from(JSON.stringify(bundle));
  return artifact([{ data, mediaType: BUNDLE_TYPE }], { artifactType: BUNDLE_TYPE, subject });
}

export function statementOf(digest: string, predicateType = "https://sigstore.dev/cosign/sign/v1"): Buffer {
  const subject = [{ digest: { sha256: digest.slice(7) } }];
  return Buffer.from(
    JSON.stringify({ _type: "https://in-toto.io/Statement/v1", subject, predicateType, predicate: {} }),
  );
}

const IN_TOTO = "application/vnd.in-toto+json";

function envelopeOf(statement: Buffer, key: KeyPair) {
  const encoded = Buffer.concat([
    Buffer.from(`DSSEv1 ${IN_TOTO.length} ${IN_TOTO} ${statement.length} `),
    statement,
  ]);
  return {
    payload: statement.toString("base64"),
    payloadType: IN_TOTO,
    signatures: [{ sig: signatureOf(encoded, key) }],
  };
}

export function keyBundle(statement: Buffer, key: KeyPair): object {
  return {
    mediaType: BUNDLE_TYPE,
    verificationMaterial: { publicKey: { hint: "x" }, tlogEntries: [] },
    dsseEnvelope: envelopeOf(statement, key),
  };
}

/** An authority and a log of its own, and the trusted root that vouches for both. */
export interface Authority {
  trustedRoot: object;
  /** What `cosign sign` pushes for one who proved to be `identity` to `issuer`. */
  bundle: (statement: Buffer, who: Signer) => object;
  /** The annotations with which cosign 1 and 2 do it. */
  annotations: (payload: Buffer, who: Signer) => Record<string, string>;
}

export interface Signer {
  identity: string;
  issuer: string;
}

/** @param folder for openssl's files */
export function newAuthority(folder: string): Authority {
  const openssl = (...args: string[]) =>
    execFileSync("openssl", args, { cwd: folder, stdio: ["ignore", "pipe", "pipe"] });
  const newPrivate = (name: string) =>
    openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", `${name}.key`);
  newPrivate("ca");
  openssl(
    ...[
      "req",
      "-x509",
      "-new",
      "-key",
      "ca.key",
      "-subj",
      "/O=test/CN=authority",
      "-days",
      "30",
      "-out",
      "ca.pem",
    ],
    ...["-addext", "keyUsage=critical,keyCertSign", "-addext", "subjectKeyIdentifier=hash"],
  );
  const log = newKey();
  const logKey = log.publicKey.export({ type: "spki", format: "der" });
  const keyId = createHash("sha256").update(logKey).digest();
  const raw = (path: string) => new X509Certificate(readFileSync(join(folder, path))).raw.toString("base64");
  const validFor = { start: "2020-01-01T00:00:00Z" };
  return {
    trustedRoot: {
      mediaType: "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
      tlogs: [
        {
          baseUrl: "https://log.test",
          hashAlgorithm: "SHA2_256",
          publicKey: { rawBytes: logKey.toString("base64"), keyDetails: "PKIX_ECDSA_P256_SHA_256", validFor },
          logId: { keyId: keyId.toString("base64") },
        },
      ],
      certificateAuthorities: [
        {
          subject: { organization: "test", commonName: "authority" },
          uri: "https://ca.test",
          certChain: { certificates: [{ rawBytes: raw("ca.pem") }] },
          validFor,
        },
      ],
      ctlogs: [],
      timestampAuthorities: [],
    },
    bundle: (statement, who) => {
      const { certificate, text, key } = certify(who);
      const envelope = envelopeOf(statement, key);
      const digestOf = (data: Buffer) => ({ algorithm: "sha256", value: sha256(data).slice(7) });
      const body = {
        apiVersion: "0.0.1",
        kind: "dsse",
        spec: {
          envelopeHash: digestOf(Buffer.from(JSON.stringify(envelope))),
          payloadHash: digestOf(statement),
          signatures: [{ signature: envelope.signatures[0]?.sig, verifier: text.toString("base64") }],
        },
      };
      return {
        mediaType: BUNDLE_TYPE,
        verificationMaterial: {
          certificate: { rawBytes: certificate },
          tlogEntries: [logged(Buffer.from(JSON.stringify(body)), log, keyId)],
        },
        dsseEnvelope: envelope,
      };
    },
    annotations: (payload, who) => {
      const { text, key } = certify(who);
      const signature = signatureOf(payload, key);
      const entry = {
        apiVersion: "0.0.1",
        kind: "hashedrekord",
        spec: {
          data: { hash: { algorithm: "sha256", value: sha256(payload).slice(7) } },
          signature: { content: signature, publicKey: { content: text.toString("base64") } },
        },
      };
      const { Payload, SignedEntryTimestamp } = promised(Buffer.from(JSON.stringify(entry)), log, keyId);
      return {
        "dev.cosignproject.cosign/signature": signature,
        "dev.sigstore.cosign/certificate": text.toString(),
        "dev.sigstore.cosign/bundle": JSON.stringify({ SignedEntryTimestamp, Payload }),
      };
    },
  };

  function certify({ identity, issuer }: Signer): { certificate: string; text: Buffer; key: KeyPair } {
    newPrivate("leaf");
    openssl("req", "-new", "-key", "leaf.key", "-subj", "/", "-out", "leaf.csr");
    const extensions = [
      "keyUsage=critical,digitalSignature",
      "extendedKeyUsage=codeSigning",
      `subjectAltName=critical,email:${identity}`,
      "authorityKeyIdentifier=keyid",
      `1.3.6.1.4.1.57264.1.8=ASN1:UTF8String:${issuer}`,
    ];
    writeFileSync(join(folder, "leaf.cnf"), extensions.join("\n"));
    openssl(
      ...[
        "x509",
        "-req",
        "-in",
        "leaf.csr",
        "-CA",
        "ca.pem",
        "-CAkey",
        "ca.key",
        "-CAcreateserial",
        "-days",
        "1",
      ],
      ...["-extfile", "leaf.cnf", "-out", "leaf.pem"],
    );
    const privateKey = createPrivateKey(readFileSync(join(folder, "leaf.key")));
    const text = readFileSync(join(folder, "leaf.pem"));
    return { certificate: raw("leaf.pem"), text, key: { privateKey, publicKey: privateKey } };
  }
}

/** The log's promise to take an entry in, as cosign 2 keeps it. */
function promised(body: Buffer, log: KeyPair, keyId: Buffer) {
  const Payload = {
    body: body.toString("base64"),
    integratedTime: Math.floor(Date.now() / 1000) + 1,
    logIndex: 0,
    logID: keyId.toString("hex"),
  };
  const { integratedTime, logID, logIndex } = Payload;
  const canonical = JSON.stringify({ body: Payload.body, integratedTime, logID, logIndex });
  return { Payload, SignedEntryTimestamp: signatureOf(Buffer.from(canonical), log) };
}

/** The entry of a log that has no other (RFC 6962: its root is the hash of the one leaf), promised and proven. */
function logged(body: Buffer, log: KeyPair, keyId: Buffer): object {
  const { Payload, SignedEntryTimestamp } = promised(body, log, keyId);
  const root = createHash("sha256")
    .update(Buffer.concat([Buffer.from([0]), body]))
    .digest();
  const note = `log.test\n1\n${root.toString("base64")}\n`;
  const hinted = Buffer.concat([keyId.subarray(0, 4), sign("sha256", Buffer.from(note), log.privateKey)]);
  return {
    logIndex: "0",
    logId: { keyId: keyId.toString("base64") },
    kindVersion: { kind: "dsse", version: "0.0.1" },
    integratedTime: String(Payload.integratedTime),
    inclusionPromise: { signedEntryTimestamp: SignedEntryTimestamp },
    inclusionProof: {
      logIndex: "0",
      rootHash: root.toString("base64"),
      treeSize: "1",
      hashes: [],
      checkpoint: { envelope: `${note}\n— log.test ${hinted.toString("base64")}\n` },
    },
    canonicalizedBody: body.toString("base64"),
  };
}
