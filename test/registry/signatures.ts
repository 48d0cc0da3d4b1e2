import { generateKeyPairSync, sign, type KeyObject } from "node:crypto";
import { OCI, sha256, type TestImage, type TestIndex } from "./image.js";

/** For signatures in cosign's formats, which are made here with node:crypto. */
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

/** Makes a manifest of signatures, which refers to `subject` if given. */
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

/** Makes the manifest that `cosign sign --key` pushes in cosign 1 and 2. */
export function simpleSignature(payload: Buffer, annotations: Record<string, string>): TestImage {
  return artifact([
    { data: payload, mediaType: "application/vnd.dev.cosign.simplesigning.v1+json", annotations },
  ]);
}

const BUNDLE_TYPE = "application/vnd.dev.sigstore.bundle.v0.3+json";

/** Makes the manifest that cosign 3 pushes: it has a bundle, and refers to the image. */
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

export interface Signer {
  identity: string;
  issuer: string;
}

/** Fetches a manifest or a blob of a repository. */
export async function getFrom(host: string, name: string, path: string): Promise<string> {
  const accept = [OCI.manifest, OCI.index].join(", ");
  return (await fetch(`http://${host}/v2/${name}/${path}`, { headers: { accept } })).text();
}

/** Fetches the signature of a digest by cosign 1 or 2. */
export async function annotationsOf(
  host: string,
  name: string,
  digest: string,
): Promise<{ payload: Buffer; annotations: Record<string, string> }> {
  const manifest = await getFrom(host, name, `manifests/${digest.replace(":", "-")}.sig`);
  const { layers } = JSON.parse(manifest) as {
    layers: { digest: string; annotations: Record<string, string> }[];
  };
  const [layer] = layers;
  const payload = Buffer.from(await getFrom(host, name, `blobs/${layer?.digest}`));
  return { payload, annotations: layer?.annotations ?? {} };
}
