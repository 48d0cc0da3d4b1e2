import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { findCosign, openCosign, type Cosign } from "../../../registry/cosign.js";
import { makeIndex, type TestImage, type TestIndex } from "../../../registry/image.js";
import { newKey, payloadOf, pem, signatureOf, simpleSignature } from "../../../registry/signatures.js";
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

const program = findCosign();
const INSECURE = "--allow-insecure-registry";
let cosign: Cosign;

beforeEach(() => {
  cosign = openCosign(program ?? "", home);
});

/** Pushes an image; `cosign sign` does the rest. */
async function signed(what: TestImage | TestIndex, key = "cosign"): Promise<string> {
  const name = newName();
  await push(name, "latest", what);
  await sign(name, what, key);
  return name;
}

async function sign(name: string, { digest }: { digest: string }, key = "cosign"): Promise<void> {
  const reference = `${registry.host}/${name}@${digest}`;
  await cosign("sign", "--key", `${key}.key`, "--tlog-upload=false", "-y", INSECURE, reference);
}

const judgedByCosign = (name: string, key: string) =>
  cosign("verify", "--key", key, "--insecure-ignore-tlog=true", INSECURE, `${registry.host}/${name}`);

interface SignatureManifest {
  layers: { digest: string }[];
}

/** What lies under the tag of cosign's. */
async function signatureOn(name: string, digest: string): Promise<{ text: string; payload: string }> {
  const at = `http://${registry.host}/v2/${name}`;
  const accept = "application/vnd.oci.image.manifest.v1+json";
  const response = await fetch(`${at}/manifests/${sigTag(digest)}`, { headers: { accept } });
  const text = await response.text();
  const [layer] = (JSON.parse(text) as SignatureManifest).layers;
  return { text, payload: await (await fetch(`${at}/blobs/${layer?.digest}`)).text() };
}

/** The annotations that are cosign's own. */
function annotationsIn(manifest: string): Record<string, string> {
  const { layers } = JSON.parse(manifest) as { layers: { annotations: Record<string, string> }[] };
  return layers[0]?.annotations ?? {};
}

describe.skipIf(program === undefined)("what cosign signs with a key", () => {
  beforeEach(() => cosign("generate-key-pair"));

  it("box takes, an image and an index", async () => {
    const key = join(home, "cosign.pub");
    expect((await ensure(await signed(image), key)).digest).toBe(image.digest);
    const index = makeIndex([{ image, platform: { os: "linux", architecture: "amd64" } }]);
    expect((await ensure(await signed(index), key)).digest).toBe(image.digest);
  });

  it("box takes by the one signature of several that fits", async () => {
    const name = await signed(image);
    await cosign("generate-key-pair", "--output-key-prefix", "second");
    await sign(name, image, "second");
    const key = join(home, "second.pub");
    expect((await ensure(name, key)).digest).toBe(image.digest);
  });

  it("box refuses with another key, of another image, and with a changed payload", async () => {
    const key = join(home, "cosign.pub");
    const name = await signed(image);
    await refusesFor(name, await file("theirs.pub", pem(newKey())), /not by the key .*theirs\.pub$/);

    const { text, payload } = await signatureOn(name, image.digest);
    const annotations = annotationsIn(text);
    const moved = newName();
    await push(moved, "latest", other);
    await push(moved, sigTag(other.digest), simpleSignature(Buffer.from(payload), annotations));
    await refusesFor(moved, key, new RegExp(`it is of ${image.digest}$`));

    const changed = Buffer.from(payload.replace(image.digest, other.digest));
    await push(moved, sigTag(other.digest), simpleSignature(changed, annotations));
    await refusesFor(moved, key, /not by the key/);
    expect(await readdir(join(home, "layers")).catch(() => [])).toEqual([]);
  });

  it("box and cosign take from a copy in another repository, which the signature does not name", async () => {
    const { text, payload } = await signatureOn(await signed(image), image.digest);
    const copy = newName();
    await push(copy, "latest", image);
    await push(copy, sigTag(image.digest), simpleSignature(Buffer.from(payload), annotationsIn(text)));
    expect(payload).not.toContain(copy);
    await judgedByCosign(copy, "cosign.pub");
    expect((await ensure(copy, join(home, "cosign.pub"))).digest).toBe(image.digest);
  });
});

it.skipIf(program === undefined)(
  "what the other tests sign with a key, cosign takes and refuses as box does",
  async () => {
    const [ours, theirs] = [newKey(), newKey()];
    const key = await file("ours.pub", pem(ours));
    const payload = payloadOf(image.digest);
    const name = newName();
    await push(name, "latest", image);
    const put = (signature: string) =>
      push(
        name,
        sigTag(image.digest),
        simpleSignature(payload, { "dev.cosignproject.cosign/signature": signature }),
      );
    await put(signatureOf(payload, ours));
    await judgedByCosign(name, key);
    await put(signatureOf(payload, theirs));
    await expect(judgedByCosign(name, key)).rejects.toThrow(/no matching signatures|invalid signature/);
  },
);
