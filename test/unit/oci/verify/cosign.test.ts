// @module-tag registry
import { existsSync } from "node:fs";
import { copyFile, mkdir, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { findCosign, openCosign, type Cosign, type Major } from "../../../registry/cosign.js";
import { makeIndex, type TestImage, type TestIndex } from "../../../registry/image.js";
import {
  annotationsOf,
  bundleArtifact,
  getFrom,
  keyBundle,
  newKey,
  payloadOf,
  pem,
  signatureOf,
  simpleSignature,
  statementOf,
  type KeyPair,
} from "../../../registry/signatures.js";
import {
  ensure,
  file,
  home,
  image,
  newName,
  other,
  push,
  refusesFor,
  registry,
  sigTag,
} from "../../../registry/verifying.js";

const programs = { 2: findCosign(2), 3: findCosign(3) };
const INSECURE = "--allow-insecure-registry";
let cosign: { major: Major; run: Cosign };

/** Key pairs of each version, made once: encrypting a private key takes as long as the rest of a test. */
let keys: string;
beforeAll(async () => {
  keys = await mkdtemp(join(tmpdir(), "box-cosign-"));
});
afterAll(() => rm(keys, { recursive: true }));

/** Gives the test a key pair. */
async function use(major: Major): Promise<void> {
  const program = programs[major] ?? "";
  cosign = { major, run: openCosign(program, home) };
  const folder = join(keys, String(major));
  if (!existsSync(folder)) {
    await mkdir(folder);
    await openCosign(program, folder)("generate-key-pair");
  }
  for (const name of ["cosign.key", "cosign.pub"]) await copyFile(join(folder, name), join(home, name));
}

/** Pushes an image and signs it with cosign. */
async function signed(what: TestImage | TestIndex, key = "cosign"): Promise<string> {
  const name = newName();
  await push(name, "latest", what);
  await sign(name, what, key);
  return name;
}

async function sign(name: string, { digest }: { digest: string }, key = "cosign"): Promise<void> {
  // Otherwise, version 3 would download a configuration with the addresses of logs.
  const offline = cosign.major === 3 ? ["--use-signing-config=false"] : [];
  const reference = `${registry.host}/${name}@${digest}`;
  await cosign.run(
    "sign",
    "--key",
    `${key}.key`,
    "--tlog-upload=false",
    ...offline,
    "-y",
    INSECURE,
    reference,
  );
}

const verifyWithCosign = (name: string, key: string) =>
  cosign.run("verify", "--key", key, "--insecure-ignore-tlog=true", INSECURE, `${registry.host}/${name}`);

interface SignatureManifest {
  layers: { digest: string }[];
}

const COSIGN = "dev.cosignproject.cosign/signature";
/** The tag under which the referrers of a digest are listed. */
const indexTag = (digest: string) => digest.replace(":", "-");

const get = (name: string, path: string) => getFrom(registry.host, name, path);

/** Returns the bundle in the only referrer of a digest. */
async function bundleOn(name: string, digest: string): Promise<object> {
  const list = JSON.parse(await get(name, `manifests/${indexTag(digest)}`)) as {
    manifests: { digest: string }[];
  };
  const manifest = JSON.parse(await get(name, `manifests/${list.manifests[0]?.digest}`)) as SignatureManifest;
  return JSON.parse(await get(name, `blobs/${manifest.layers[0]?.digest}`)) as object;
}

describe.each<Major>([2, 3])("a signature made with a key by cosign %i", (major) => {
  const test = it.skipIf(programs[major] === undefined);
  beforeEach(async () => {
    if (programs[major] !== undefined) await use(major);
  });

  test("is accepted for an image and for an index", async () => {
    const key = join(home, "cosign.pub");
    expect((await ensure(await signed(image), key)).digest).toBe(image.digest);
    const index = makeIndex([{ image, platform: { os: "linux", architecture: "amd64" } }]);
    expect((await ensure(await signed(index), key)).digest).toBe(image.digest);
  });

  test("is accepted if it is one of several", async () => {
    const name = await signed(image);
    await cosign.run("generate-key-pair", "--output-key-prefix", "second");
    await sign(name, image, "second");
    expect((await ensure(name, join(home, "second.pub"))).digest).toBe(image.digest);
  });

  test("is refused if another key is required", async () => {
    const name = await signed(image);
    await refusesFor(name, await file("theirs.pub", pem(newKey())), /not made with the key .*theirs\.pub$/);
    expect(await readdir(join(home, "layers")).catch(() => [])).toEqual([]);
  });
});

describe.skipIf(programs[2] === undefined)("a signature under a tag", () => {
  beforeEach(() => use(2));

  it("is refused for another image, and with a changed payload", async () => {
    const { payload, annotations } = await annotationsOf(registry.host, await signed(image), image.digest);
    const moved = newName();
    const key = join(home, "cosign.pub");
    await push(moved, "latest", other);
    await push(moved, sigTag(other.digest), simpleSignature(payload, annotations));
    await refusesFor(moved, key, new RegExp(`it signs ${image.digest}$`));

    const changed = Buffer.from(payload.toString().replace(image.digest, other.digest));
    await push(moved, sigTag(other.digest), simpleSignature(changed, annotations));
    await refusesFor(moved, key, /not made with the key/);
  });

  it("is accepted in a copy of the repository, which it does not name, as by cosign", async () => {
    const { payload, annotations } = await annotationsOf(registry.host, await signed(image), image.digest);
    const copy = newName();
    await push(copy, "latest", image);
    await push(copy, sigTag(image.digest), simpleSignature(payload, annotations));
    expect(payload.toString()).not.toContain(copy);
    await verifyWithCosign(copy, "cosign.pub");
    expect((await ensure(copy, join(home, "cosign.pub"))).digest).toBe(image.digest);
  });

  it("as made by the other tests is also accepted and refused by cosign", async () => {
    const [ours, theirs] = [newKey(), newKey()];
    const key = await file("ours.pub", pem(ours));
    const payload = payloadOf(image.digest);
    const name = newName();
    await push(name, "latest", image);
    const put = (signature: string) =>
      push(name, sigTag(image.digest), simpleSignature(payload, { [COSIGN]: signature }));
    await put(signatureOf(payload, ours));
    await verifyWithCosign(name, key);
    await put(signatureOf(payload, theirs));
    await expect(verifyWithCosign(name, key)).rejects.toThrow(/no matching signatures|invalid signature/);
  });
});

describe.skipIf(programs[3] === undefined)("a bundle that refers to its image", () => {
  beforeEach(() => use(3));

  it("is refused for another image", async () => {
    const bundle = await bundleOn(await signed(image), image.digest);
    const moved = newName();
    await push(moved, "latest", other);
    await push(moved, indexTag(other.digest), makeIndex([{ image: bundleArtifact(bundle, other) }]));
    await refusesFor(moved, join(home, "cosign.pub"), new RegExp(`it signs ${image.digest}$`));
  });

  it("as made by the other tests is also accepted and refused by cosign", async () => {
    const [ours, theirs] = [newKey(), newKey()];
    const key = await file("ours.pub", pem(ours));
    const put = async (by: KeyPair) => {
      const name = newName();
      await push(name, "latest", image);
      const bundle = bundleArtifact(keyBundle(statementOf(image.digest), by), image);
      await push(name, indexTag(image.digest), makeIndex([{ image: bundle }]));
      return name;
    };
    await verifyWithCosign(await put(ours), key);
    await expect(verifyWithCosign(await put(theirs), key)).rejects.toThrow(/signature/);
  });
});
