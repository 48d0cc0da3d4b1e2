// @module-tag registry
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { makeIndex, type TestImage, type TestIndex } from "../../../registry/image.js";
import { startScripted } from "../../../registry/scripted.js";
import {
  bundleArtifact,
  keyBundle,
  newKey,
  payloadOf,
  pem,
  signatureOf,
  simpleSignature,
  statementOf,
} from "../../../registry/signatures.js";
import {
  ensure,
  file,
  home,
  image,
  newName,
  other,
  product,
  push,
  registry,
  sigTag,
} from "../../../registry/verifying.js";

const ours = newKey();
const theirs = newKey();
const COSIGN = "dev.cosignproject.cosign/signature";

/** Pushes an image, and a signature in cosign's format under its tag. */
async function pushSigned(what: TestImage | TestIndex, payload: Buffer, signature: string): Promise<string> {
  const name = newName();
  await push(name, "latest", what);
  await push(name, sigTag(what.digest), simpleSignature(payload, { [COSIGN]: signature }));
  return name;
}

describe("an image signed with a key", () => {
  it("is accepted, and needs no registry the next time", async () => {
    const payload = payloadOf(image.digest);
    const name = await pushSigned(image, payload, signatureOf(payload, ours));
    const key = await file("cosign.pub", pem(ours));
    expect((await ensure(name, key)).digest).toBe(image.digest);
    expect((await ensure(name, key, "never")).digest).toBe(image.digest);
  });

  it("may be an index, whose signature covers everything in it", async () => {
    const index = makeIndex([{ image, platform: { os: "linux", architecture: "amd64" } }]);
    const payload = payloadOf(index.digest);
    const name = await pushSigned(index, payload, signatureOf(payload, ours));
    expect((await ensure(name, await file("cosign.pub", pem(ours)))).digest).toBe(image.digest);
  });

  it("may have its signature in a bundle that refers to it and is listed under the tag of its digest", async () => {
    const name = newName();
    await push(name, "latest", image);
    const bundle = bundleArtifact(keyBundle(statementOf(image.digest), ours), image);
    await push(name, image.digest.replace(":", "-"), makeIndex([{ image: bundle }]));
    const key = await file("cosign.pub", pem(ours));
    expect((await ensure(name, key)).digest).toBe(image.digest);
    await expect(ensure(name, await file("theirs.pub", pem(theirs)))).rejects.toMatchObject({
      code: "signature-invalid",
    });
  });

  it("may have its signature in a registry's list of referrers", async () => {
    const bundle = bundleArtifact(keyBundle(statementOf(image.digest), ours), image);
    const list = makeIndex([{ image: bundle }]).manifest;
    const scripted = await startScripted({ latest: image, bundle }, (request, response) => {
      if (!request.url?.endsWith(`/referrers/${image.digest}`)) return false;
      response.end(list);
      return true;
    });
    try {
      const verify = await file("cosign.pub", pem(ours));
      const options = { pull: "missing" as const, verify, onProgress: () => undefined };
      expect((await product.ensureStored(`${scripted.host}/app`, options)).digest).toBe(image.digest);
    } finally {
      await scripted.stop();
    }
  });

  it.each<[string, () => Promise<string>, string, RegExp]>([
    [
      "made with another key",
      () => pushSigned(image, payloadOf(image.digest), signatureOf(payloadOf(image.digest), theirs)),
      "signature-invalid",
      /not made with the key .*cosign\.pub/,
    ],
    [
      "for another digest",
      () => pushSigned(image, payloadOf(other.digest), signatureOf(payloadOf(other.digest), ours)),
      "signature-invalid",
      new RegExp(`it signs ${other.digest}`),
    ],
    [
      "whose payload was changed",
      () => pushSigned(image, payloadOf(image.digest), signatureOf(payloadOf(other.digest), ours)),
      "signature-invalid",
      /not made with the key/,
    ],
    [
      "for something that is not an image",
      () =>
        pushSigned(image, Buffer.from('{"critical":{}}'), signatureOf(Buffer.from('{"critical":{}}'), ours)),
      "signature-invalid",
      /it does not sign an image/,
    ],
    [
      "that is malformed",
      () => pushSigned(image, payloadOf(image.digest), "malformed"),
      "signature-invalid",
      /not made with the key/,
    ],
    [
      "in a bundle that attests something else",
      async () => {
        const name = newName();
        await push(name, "latest", image);
        const statement = statementOf(image.digest, "https://slsa.dev/provenance/v1");
        await push(
          name,
          image.digest.replace(":", "-"),
          makeIndex([{ image: bundleArtifact(keyBundle(statement, ours), image) }]),
        );
        return name;
      },
      "signature-invalid",
      /it does not sign an image/,
    ],
    [
      "that does not exist",
      async () => {
        const name = newName();
        await push(name, "latest", image);
        return name;
      },
      "signature-missing",
      /has no signature$/,
    ],
  ])("with a signature %s is refused before any layer is fetched", async (_, prepare, code, message) => {
    const name = await prepare();
    const key = await file("cosign.pub", pem(ours));
    await expect(ensure(name, key)).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message) as string,
    });
    expect(await readdir(join(home, "layers")).catch(() => [])).toEqual([]);
    await ensure(name);
  });

  it("must be verified even if it was pulled before the policy, and again when its tag has moved", async () => {
    const payload = payloadOf(image.digest);
    const name = await pushSigned(image, payload, signatureOf(payload, ours));
    const key = await file("cosign.pub", pem(ours));
    await ensure(name);
    await expect(ensure(name, key, "never")).rejects.toMatchObject({
      code: "image-missing",
      message: expect.stringContaining("not verified yet") as string,
    });
    await ensure(name, key);
    await push(name, "latest", other);
    expect((await ensure(name, key)).digest).toBe(image.digest);
    await expect(ensure(name, key, "always")).rejects.toMatchObject({ code: "signature-missing" });
    await ensure(name, undefined, "always");
    await expect(ensure(name, key)).rejects.toMatchObject({ code: "signature-missing" });
  });
});

describe("a policy", () => {
  it("in the settings applies to every image, by the longest scope", async () => {
    const payload = payloadOf(image.digest);
    const signed = await pushSigned(image, payload, signatureOf(payload, ours));
    const unsigned = newName();
    await push(unsigned, "latest", other);
    await file("cosign.pub", pem(ours));
    const policy = await file(
      "policy.yaml",
      `default: refuse\nimages:\n  "${registry.host}/signed": { key: cosign.pub }\n  "${registry.host}/${unsigned}": accept\n`,
    );
    await file("settings.yaml", `policy: ${policy}\n`);
    expect((await ensure(signed)).digest).toBe(image.digest);
    expect((await ensure(unsigned)).digest).toBe(other.digest);
    await push("elsewhere", "latest", image);
    await expect(ensure("elsewhere")).rejects.toMatchObject({ code: "signature-refused" });
    await push("signed-by-name", "latest", image);
    await expect(ensure("signed-by-name")).rejects.toMatchObject({ code: "signature-refused" });
  });

  it("applies to an image that is used by its ID: one of its names must be accepted", async () => {
    const payload = payloadOf(image.digest);
    const signed = await pushSigned(image, payload, signatureOf(payload, ours));
    const unsigned = newName();
    await push(unsigned, "latest", other);
    await ensure(signed);
    await ensure(unsigned);
    const key = await file("cosign.pub", pem(ours));
    const byId = (id: string, verify?: string) =>
      product.ensureStored(id, { pull: "missing", verify, onProgress: () => undefined });
    const ids = [image.configDigest, image.configDigest.slice(7, 19)];
    for (const id of ids) await expect(byId(id, key)).rejects.toMatchObject({ code: "signature-refused" });
    await ensure(signed, key);
    for (const id of ids) expect((await byId(id, key)).digest).toBe(image.digest);
    const policy = await file(
      "policy.yaml",
      `default: refuse\nimages:\n  "${registry.host}/signed": { key: cosign.pub }\n`,
    );
    await file("settings.yaml", `policy: ${policy}\n`);
    expect((await byId(image.configDigest)).digest).toBe(image.digest);
    await expect(byId(other.configDigest)).rejects.toMatchObject({ code: "signature-refused" });
  });

  it.each([
    ["default: maybe", /is not a valid policy/],
    ["images: {}", /is not a valid policy/],
    ["default: accept\nkeys: {}", /unknown key "keys"/],
    ["default: { key: missing.pub }", /"[^"]*missing.pub" cannot be read/],
    ["default: { key: policy.yaml }", /is not a PEM public key/],
    ["- default", /is not a valid policy/],
    ["-----BEGIN NONSENSE-----", /is not a PEM public key/],
    ["default: { identity: a, issuer: b, trustedRoot: policy.yaml }", /is not a trusted root/],
  ])("%j is refused in one line", async (content, message) => {
    const policy = await file("policy.yaml", content);
    await expect(ensure(newName(), policy)).rejects.toMatchObject({
      code: "invalid-policy",
      message: expect.stringMatching(message) as string,
    });
  });
});
