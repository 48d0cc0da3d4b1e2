import {
  fulcioHandler,
  initializeCA,
  initializeCTLog,
  initializeTLog,
  initializeTSA,
  rekorHandler,
} from "@sigstore/mock";
import { createHash, generateKeyPairSync, X509Certificate } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { Signer } from "./signatures.js";

/**
 * The services of sigstore on loopback, using sigstore's own @sigstore/mock: a certificate authority, a certificate
 * transparency log, a transparency log and a timestamp authority. Identity tokens are not verified.
 */
export interface Sigstore {
  url: string;
  /** Root certificates in PEM format. */
  roots: string;
  /** Returns `trusted_root.json` with the given parts. */
  trustedRoot: (parts?: ("tlogs" | "ctlogs" | "timestampAuthorities")[]) => string;
  stop: () => Promise<void>;
}

const SHA256_OID = "2.16.840.1.101.3.4.2.1";
const POLICY_OID = "1.3.6.1.4.1.57264.2";

const newKey = () => generateKeyPairSync("ec", { namedCurve: "P-256" });
const base64 = (bytes: ArrayBufferView) =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64");
const pemOf = (bytes: ArrayBufferView) =>
  new X509Certificate(Buffer.from(base64(bytes), "base64")).toString();

/** Makes an unsigned OIDC token. */
export function tokenOf({ identity, issuer }: Signer): string {
  const now = Math.floor(Date.now() / 1000);
  const claims = { iss: issuer, aud: "sigstore", sub: identity, iat: now, exp: now + 600 };
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  return [part({ alg: "RS256", typ: "JWT" }), part(claims), "c2lnbmVk"].join(".");
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(piece as Buffer);
  return Buffer.concat(pieces);
}

interface Proposed {
  kind: string;
  spec: { proposedContent: { envelope: string; verifiers: string[] } };
}
const hashOf = (data: Buffer | string) => ({
  algorithm: "sha256",
  value: createHash("sha256").update(data).digest("hex"),
});

/** Converts a proposed entry as Rekor does: it stores the digests of an envelope (the mock would store it unchanged). */
function entryOf(proposed: string): string {
  const entry = JSON.parse(proposed) as Proposed;
  if (entry.kind !== "dsse") return proposed;
  const { envelope, verifiers } = entry.spec.proposedContent;
  const { payload, signatures } = JSON.parse(envelope) as { payload: string; signatures: { sig: string }[] };
  const spec = {
    envelopeHash: hashOf(envelope),
    payloadHash: hashOf(Buffer.from(payload, "base64")),
    signatures: signatures.map(({ sig }, i) => ({ signature: sig, verifier: verifiers[i] })),
  };
  return JSON.stringify({ ...entry, spec });
}

/** @param certifiedAt start of the validity of certificates, which lasts ten minutes; default: now */
export async function startSigstore(certifiedAt?: Date): Promise<Sigstore> {
  const ctLog = await initializeCTLog(newKey());
  const ca = await initializeCA(newKey(), ctLog, certifiedAt);
  const tlog = await initializeTLog("http://127.0.0.1", newKey());
  // In whole seconds, because sigstore's parser rejects times with one or two decimals.
  const clock = new Date();
  const tsa = await initializeTSA(newKey(), clock);
  const certify = fulcioHandler(ca);
  const log = rekorHandler(tlog);

  /** cosign sends the token in a header, and expects status 200, as from Fulcio. */
  const certifyBy = async (body: object, token: string) => {
    const credentials = token === "" ? {} : { credentials: { oidcIdentityToken: token } };
    const answered = await certify.fn(JSON.stringify({ ...credentials, ...body }));
    return { ...answered, statusCode: answered.statusCode === 201 ? 200 : answered.statusCode };
  };

  /** The API that cosign 1 and 2 use, which returns a certificate chain in PEM format. */
  async function certifyOldWay(body: Buffer, token: string) {
    const { publicKey } = JSON.parse(body.toString()) as { publicKey: { content: string } };
    const content = Buffer.from(publicKey.content, "base64").toString();
    const { response } = await certifyBy({ publicKeyRequest: { publicKey: { content } } }, token);
    const { signedCertificateEmbeddedSct } = JSON.parse(response as string) as {
      signedCertificateEmbeddedSct: { chain: { certificates: string[] } };
    };
    const all = signedCertificateEmbeddedSct.chain.certificates.map((pem) =>
      new X509Certificate(pem).toString(),
    );
    return { statusCode: 201, response: all.join(""), contentType: "application/pem-certificate-chain" };
  }

  /** The request is JSON, or a TimeStampReq (RFC 3161), whose only 32-byte string is the digest. */
  async function stamp(body: Buffer, type: string) {
    const artifactHash =
      type === "application/json"
        ? Buffer.from((JSON.parse(body.toString()) as { artifactHash: string }).artifactHash, "base64")
        : body.subarray(body.indexOf("0420", "hex") + 2).subarray(0, 32);
    const request = { artifactHash, hashAlgorithmOID: SHA256_OID, nonce: 1, policyOID: POLICY_OID };
    clock.setTime(Math.floor(Date.now() / 1000) * 1000);
    const response = await tsa.timestamp({ ...request, certReq: true });
    return { statusCode: 201, response, contentType: "application/timestamp-reply" };
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await bodyOf(request);
    const { authorization = "", "content-type": type = "" } = request.headers;
    const token = authorization.replace("Bearer ", "");
    const handlers: Record<string, () => ReturnType<typeof certify.fn>> = {
      "/api/v1/signingCert": () => certifyOldWay(body, token),
      [certify.path]: () => certifyBy(JSON.parse(body.toString()) as object, token),
      [log.path]: () => log.fn(entryOf(body.toString())),
      "/api/v1/timestamp": () => stamp(body, type),
    };
    const answered = (await handlers[request.url ?? ""]?.()) ?? {
      statusCode: 404,
      response: "nothing there",
    };
    const data =
      typeof answered.response === "string"
        ? answered.response
        : Buffer.from(base64(answered.response), "base64");
    response.writeHead(answered.statusCode, {
      "content-type": answered.contentType ?? "text/plain",
      // Location and ID of a new entry, as returned by Rekor.
      location: request.url ?? "",
      etag: /^\{"([0-9a-f]+)"/.exec(data.toString())?.[1] ?? "",
    });
    response.end(data);
  }

  const server = createServer((request, response) => void answer(request, response));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  const url = `http://127.0.0.1:${address.port}`;
  const validFor = { start: "2020-01-01T00:00:00Z" };
  const subject = { organization: "sigstore.mock", commonName: "sigstore" };
  const authority = (...chain: ArrayBufferView[]) => ({
    subject,
    uri: url,
    certChain: { certificates: chain.map((bytes) => ({ rawBytes: base64(bytes) })) },
    validFor,
  });
  const logOf = (publicKey: Buffer) => ({
    baseUrl: url,
    hashAlgorithm: "SHA2_256",
    publicKey: { rawBytes: base64(publicKey), keyDetails: "PKIX_ECDSA_P256_SHA_256", validFor },
    logId: { keyId: createHash("sha256").update(publicKey).digest("base64") },
  });
  const all = {
    tlogs: [logOf(tlog.publicKey)],
    ctlogs: [logOf(ctLog.publicKey)],
    timestampAuthorities: [authority(tsa.intCertificate, tsa.rootCertificate)],
  };
  return {
    url,
    roots: pemOf(ca.rootCertificate),
    trustedRoot: (parts = ["tlogs", "ctlogs", "timestampAuthorities"]) =>
      JSON.stringify({
        mediaType: "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
        certificateAuthorities: [authority(ca.rootCertificate)],
        tlogs: [],
        ctlogs: [],
        timestampAuthorities: [],
        ...Object.fromEntries(parts.map((part) => [part, all[part]])),
      }),
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
