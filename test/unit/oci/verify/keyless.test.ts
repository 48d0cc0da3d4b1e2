// @module-tag registry
import { bundleToJSON } from "@sigstore/bundle";
import { DSSEBundleBuilder, FulcioSigner, RekorWitness, TSAWitness } from "@sigstore/sign";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { findCosign, openCosign } from "../../../registry/cosign.js";
import { makeIndex } from "../../../registry/image.js";
import { startScripted } from "../../../registry/scripted.js";
import {
  annotationsOf,
  bundleArtifact,
  newKey,
  payloadOf,
  signatureOf,
  simpleSignature,
  statementOf,
} from "../../../registry/signatures.js";
import { startSigstore, tokenOf, type Sigstore } from "../../../registry/sigstore.js";
import {
  ensure,
  file,
  home,
  image,
  newName,
  other,
  product,
  push,
  refusesFor,
  registry,
  sigTag,
} from "../../../registry/verifying.js";

const who = {
  identity: "https://ci.example.com/app/release.yml@refs/heads/main",
  issuer: "https://accounts.example.com",
};
const programs = { 2: findCosign(2), 3: findCosign(3) };
const IN_TOTO = "application/vnd.in-toto+json";
const INSECURE = "--allow-insecure-registry";
let sigstore: Sigstore;

beforeEach(async () => {
  sigstore = await startSigstore();
});
afterEach(async () => {
  vi.useRealTimers();
  await sigstore.stop();
});

async function policy({ identity, issuer } = who, trustedRoot = sigstore.trustedRoot()): Promise<string> {
  await file("root.json", trustedRoot);
  return file("policy.json", JSON.stringify({ default: { identity, issuer, trustedRoot: "root.json" } }));
}

/** Creates a bundle with sigstore's own client for Node. */
async function bundleOf(statement: Buffer, { log = true, stamp = false } = {}, by = sigstore) {
  const identityProvider = { getToken: () => Promise.resolve(tokenOf(who)) };
  const signer = new FulcioSigner({ fulcioBaseURL: by.url, identityProvider });
  const witnesses = [
    ...(log ? [new RekorWitness({ rekorBaseURL: by.url })] : []),
    ...(stamp ? [new TSAWitness({ tsaBaseURL: by.url })] : []),
  ];
  const builder = new DSSEBundleBuilder({ signer, witnesses });
  return bundleToJSON(await builder.create({ data: statement, type: IN_TOTO }));
}

/** Pushes an image, and a bundle under the tag that lists its referrers. */
async function pushBundle(bundle: object): Promise<string> {
  const name = newName();
  await push(name, "latest", image);
  await push(name, image.digest.replace(":", "-"), makeIndex([{ image: bundleArtifact(bundle, image) }]));
  return name;
}

async function withCosign2(...more: string[]): Promise<string> {
  const name = newName();
  await push(name, "latest", image);
  const services = ["--fulcio-url", sigstore.url, "--rekor-url", sigstore.url, "--insecure-skip-verify"];
  const reference = `${registry.host}/${name}@${image.digest}`;
  const words = [...services, "--identity-token", tokenOf(who), ...more, "-y", INSECURE, reference];
  await openCosign(programs[2] ?? "", home)("sign", ...words);
  return name;
}

async function withCosign3(): Promise<string> {
  const name = newName();
  await push(name, "latest", image);
  const service = (url: string) => ({
    url,
    majorApiVersion: 1,
    validFor: { start: "2020-01-01T00:00:00Z" },
    operator: "test",
  });
  const signing = await file(
    "signing.json",
    JSON.stringify({
      mediaType: "application/vnd.dev.sigstore.signingconfig.v0.2+json",
      caUrls: [service(sigstore.url)],
      oidcUrls: [],
      rekorTlogUrls: [service(sigstore.url)],
      tsaUrls: [service(`${sigstore.url}/api/v1/timestamp`)],
      rekorTlogConfig: { selector: "ANY" },
      tsaConfig: { selector: "ANY" },
    }),
  );
  const root = await file("signing-root.json", sigstore.trustedRoot());
  const reference = `${registry.host}/${name}@${image.digest}`;
  const words = ["--signing-config", signing, "--trusted-root", root, "--identity-token", tokenOf(who)];
  await openCosign(programs[3] ?? "", home)("sign", ...words, "-y", INSECURE, reference);
  return name;
}

describe.each<[string, boolean, () => Promise<string>]>([
  ["cosign 2", programs[2] !== undefined, withCosign2],
  ["cosign 3", programs[3] !== undefined, withCosign3],
  ["sigstore's client for Node", true, async () => pushBundle(await bundleOf(statementOf(image.digest)))],
])("a keyless signature made by %s", (_, present, sign) => {
  const test = it.skipIf(!present);

  test("is accepted, and not requested again for the same digest", async () => {
    const name = await sign();
    const verify = await policy();
    expect((await ensure(name, verify)).digest).toBe(image.digest);
    expect((await ensure(name, verify, "never")).digest).toBe(image.digest);
  });

  test("is refused if another identity, issuer or authority is required", async () => {
    const name = await sign();
    const refused = (change: Partial<typeof who>, why: RegExp, root?: string) =>
      policy({ ...who, ...change }, root).then((verify) => refusesFor(name, verify, why));
    await refused(
      { identity: "https://ci.example.com/app" },
      /it was made by https:\/\/ci.example.com\/app\/rel/,
    );
    await refused({ issuer: "https://example.com" }, /\(issuer https:\/\/accounts.example.com\)$/);
    const stranger = await startSigstore();
    await stranger.stop();
    await refused({}, /certificate|log|timestamp/, stranger.trustedRoot());
  });
});

it.skipIf(programs[3] === undefined)("cosign accepts a signature by sigstore's client for Node", async () => {
  const name = await pushBundle(await bundleOf(statementOf(image.digest)));
  const root = await file("root.json", sigstore.trustedRoot());
  const wanted = ["--certificate-identity", who.identity, "--certificate-oidc-issuer", who.issuer];
  const words = ["--trusted-root", root, ...wanted, INSECURE, `${registry.host}/${name}`];
  await openCosign(programs[3] ?? "", home)("verify", ...words);
});

it("a bundle is found in a registry's list of referrers", async () => {
  const bundle = bundleArtifact(await bundleOf(statementOf(image.digest)), image);
  const list = makeIndex([{ image: bundle }]).manifest;
  const scripted = await startScripted({ latest: image, bundle }, (request, response) => {
    if (!request.url?.endsWith(`/referrers/${image.digest}`)) return false;
    response.end(list);
    return true;
  });
  try {
    const options = { pull: "missing" as const, verify: await policy(), onProgress: () => undefined };
    expect((await product.ensureStored(`${scripted.host}/app`, options)).digest).toBe(image.digest);
  } finally {
    await scripted.stop();
  }
});

describe("the time of a signature", () => {
  const HOUR = 3_600_000;

  it("may be that of the log, even if the certificate has expired since", async () => {
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() - HOUR });
    const past = await startSigstore();
    const bundle = await bundleOf(statementOf(image.digest), {}, past);
    vi.useRealTimers();
    await past.stop();
    const name = await pushBundle(bundle);
    expect((await ensure(name, await policy(who, past.trustedRoot()))).digest).toBe(image.digest);
  });

  it("must be within the validity of the certificate", async () => {
    const late = await startSigstore(new Date(Date.now() - HOUR));
    const name = await pushBundle(await bundleOf(statementOf(image.digest), { stamp: true }, late));
    await late.stop();
    await refusesFor(name, await policy(who, late.trustedRoot()), /certificate is not valid or expired/);
  });

  it("must be verified", async () => {
    const bundle = await bundleOf(statementOf(image.digest));
    for (const entry of bundle.verificationMaterial.tlogEntries) entry.inclusionPromise = undefined;
    await refusesFor(await pushBundle(bundle), await policy(), /it has no verified time/);
  });

  it("may be that of a timestamp authority, if the root names no log", async () => {
    const root = sigstore.trustedRoot(["ctlogs", "timestampAuthorities"]);
    const name = await pushBundle(await bundleOf(statementOf(image.digest), { log: false, stamp: true }));
    expect((await ensure(name, await policy(who, root))).digest).toBe(image.digest);
    await refusesFor(name, await policy(), /it is not in a transparency log$/);
  });

  it("is ignored if the root does not name its authority", async () => {
    const name = await pushBundle(await bundleOf(statementOf(image.digest), { stamp: true }));
    const logs = await policy(who, sigstore.trustedRoot(["tlogs", "ctlogs"]));
    expect((await ensure(name, logs)).digest).toBe(image.digest);
    const unlogged = await pushBundle(await bundleOf(statementOf(image.digest), { log: false, stamp: true }));
    const neither = await policy(who, sigstore.trustedRoot(["ctlogs"]));
    await refusesFor(unlogged, neither, /it has no verified time/);
  });
});

describe("a bundle is refused", () => {
  it.each<[string, () => Promise<object>, RegExp]>([
    ["for another image", () => bundleOf(statementOf(other.digest)), new RegExp(`it signs ${other.digest}$`)],
    [
      "that attests something else",
      () => bundleOf(statementOf(image.digest, "https://slsa.dev/provenance/v1")),
      /it does not sign an image/,
    ],
    [
      "whose statement was changed",
      async () => {
        const bundle = await bundleOf(statementOf(other.digest));
        const payload = statementOf(image.digest).toString("base64");
        return { ...bundle, dsseEnvelope: { ...bundle.dsseEnvelope, payload } };
      },
      /signature|payload|hash/i,
    ],
    ["that is malformed", () => Promise.resolve({ mediaType: "malformed" }), /invalid|bundle/],
  ])("%s", async (_, make, why) => {
    await refusesFor(await pushBundle(await make()), await policy(), why);
  });

  it("if its certificate is not in a certificate transparency log that the root names", async () => {
    const stranger = await startSigstore();
    await stranger.stop();
    const { ctlogs } = JSON.parse(stranger.trustedRoot()) as { ctlogs: object[] };
    const root = JSON.stringify({ ...(JSON.parse(sigstore.trustedRoot()) as object), ctlogs });
    const name = await pushBundle(await bundleOf(statementOf(image.digest)));
    await refusesFor(name, await policy(who, root), /SCT/);
  });

  it("if it was made with a key, but an identity is required", async () => {
    const payload = payloadOf(image.digest);
    const name = newName();
    await push(name, "latest", image);
    const signature = { "dev.cosignproject.cosign/signature": signatureOf(payload, newKey()) };
    await push(name, sigTag(image.digest), simpleSignature(payload, signature));
    await refusesFor(name, await policy(), /it has no certificate$/);
  });
});

describe.skipIf(programs[2] === undefined)("a signature in annotations by cosign 2", () => {
  const BUNDLE = "dev.sigstore.cosign/bundle";
  const STAMP = "dev.sigstore.cosign/rfc3161timestamp";

  /** Pushes an image with a signature whose annotations have been changed. */
  async function changed(
    edit: (annotations: Record<string, string>) => Record<string, string>,
    what = image,
  ): Promise<string> {
    const stamped = await withCosign2("--timestamp-server-url", `${sigstore.url}/api/v1/timestamp`);
    const { payload, annotations } = await annotationsOf(registry.host, stamped, image.digest);
    expect(Object.keys(annotations)).toEqual(expect.arrayContaining([BUNDLE, STAMP]));
    const name = newName();
    await push(name, "latest", what);
    await push(name, sigTag(what.digest), simpleSignature(payload, edit(annotations)));
    return name;
  }
  const without = (key: string) => (annotations: Record<string, string>) =>
    Object.fromEntries(Object.entries(annotations).filter(([name]) => name !== key));

  it("needs an entry in a log if the root names one; otherwise a timestamp is enough", async () => {
    const name = await changed(without(BUNDLE));
    await refusesFor(name, await policy(), /it is not in a transparency log$/);
    const root = sigstore.trustedRoot(["ctlogs", "timestampAuthorities"]);
    expect((await ensure(name, await policy(who, root))).digest).toBe(image.digest);
  });

  it("needs a verified time, for which the log is enough", async () => {
    expect((await ensure(await changed(without(STAMP)), await policy())).digest).toBe(image.digest);
    const neither = await changed((annotations) => without(BUNDLE)(without(STAMP)(annotations)));
    await refusesFor(neither, await policy(), /it has no verified time/);
  });

  it("is refused for another image", async () => {
    const name = await changed((annotations) => annotations, other);
    await refusesFor(name, await policy(), new RegExp(`it signs ${image.digest}$`));
  });

  it("is refused in one line if it is malformed", async () => {
    for (const key of [BUNDLE, STAMP, "dev.sigstore.cosign/certificate"]) {
      const name = await changed((annotations) => ({ ...annotations, [key]: "{]\n" }));
      await expect(ensure(name, await policy())).rejects.toMatchObject({
        code: "signature-invalid",
        message: expect.not.stringContaining("\n") as string,
      });
    }
  });
});
