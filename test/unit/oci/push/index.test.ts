// @module-tag registry
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parsePlatform } from "../../../../src/config/syntax/platform.js";
import { parseReference } from "../../../../src/config/syntax/reference.js";
import {
  DOCKER,
  makeImage,
  makeIndex,
  makeTar,
  OCI,
  pushImage as putImage,
  sha256,
  type TestImage,
  type TestIndex,
} from "../../../registry/image.js";
import { hard, name, product, pullAs, push, retag, source, target, user } from "./fixture.js";

const OWN = process.arch === "arm64" ? "arm64" : "amd64";
const OTHER = OWN === "arm64" ? "amd64" : "arm64";
const BOTH = [OWN, OTHER];
const shared = makeTar({ shared: "for all ".repeat(1000) });

const imageFor = (architecture: string, options = {}) =>
  makeImage([shared, makeTar({ architecture })], { architecture, compress: hard, ...options });
const entry = (image: TestImage, architecture: string) => ({
  image,
  platform: { os: "linux", architecture },
});
const [own, other, third] = [imageFor(OWN), imageFor(OTHER), imageFor("s390x")];
/** What buildx writes beside an image, as far as an index goes. */
const attestation = makeImage([makeTar({ about: "own" })], { architecture: "unknown" });
const attested = { image: attestation, platform: { os: "unknown", architecture: "unknown" } };

const two = makeIndex([entry(own, OWN), entry(other, OTHER)]);
const three = makeIndex([entry(own, OWN), entry(other, OTHER), entry(third, "s390x")]);

const at = (registry: { host: string }) => `${registry.host}/${name()}:latest`;
const skopeo = (...words: string[]) =>
  execFileSync("skopeo", ["--insecure-policy", ...words], { stdio: "pipe" });
/** What lies at a registry under a tag or digest, as another tool reads it. */
const raw = (reference: string) => skopeo("inspect", "--raw", "--tls-verify=false", `docker://${reference}`);
const namedBy = (data: Buffer) =>
  (JSON.parse(data.toString()) as { manifests: { digest: string; size: number }[] }).manifests;

/** Digest of the index that another tool gets which copies all of it, and verifies each digest on the way. */
function copyAll(reference: string): string {
  const folder = join(user.folder, name().replace("/", "-"));
  skopeo("copy", "--all", "--quiet", "--src-tls-verify=false", `docker://${reference}`, `dir:${folder}`);
  return sha256(readFileSync(join(folder, "manifest.json")));
}

async function idsOf(reference: string, platforms: string[]): Promise<string[]> {
  const ids = [];
  for (const text of platforms) {
    const platform = parsePlatform(text);
    const image = await product.ensureImage(reference, {
      pull: "always",
      platform,
      onProgress: () => undefined,
    });
    ids.push(image.id);
  }
  return ids;
}

describe("an index, all of whose images are here", () => {
  it.each<[string, TestIndex, string[]]>([
    ["of two platforms", two, BOTH],
    ["within an index", makeIndex([{ image: two }]), BOTH],
    [
      "of Docker's media types",
      makeIndex(
        BOTH.map((arch) => entry(imageFor(arch, { types: DOCKER }), arch)),
        DOCKER,
      ),
      BOTH,
    ],
  ])("%s is pushed byte for byte where its layers can be mounted", async (_, index, platforms) => {
    const reference = at(source);
    await pullAs(index, reference, platforms);
    const { digest, size, phases, ...rest } = await push(reference);
    expect({ digest, size, rest }).toEqual({
      digest: index.digest,
      size: index.manifest.length,
      rest: { withoutAttestations: false },
    });
    expect(phases).toEqual(["mounted", "mounted", "mounted"]);
    expect(raw(reference).equals(index.manifest)).toBe(true);
    // skopeo copies no index within an index.
    const [inner = index] = index.children.filter((child): child is TestIndex => "children" in child);
    const pinned = `${reference.replace(":latest", "")}@${inner.digest}`;
    expect(copyAll(pinned)).toBe(inner.digest);
  });

  it.each([
    ["", two, OCI],
    [
      " in Docker's media types",
      makeIndex(
        BOTH.map((arch) => entry(imageFor(arch, { types: DOCKER }), arch)),
        DOCKER,
      ),
      DOCKER,
    ],
  ])("names what its images have become where the layers are compressed anew%s", async (_, index, types) => {
    const reference = at(target);
    await pullAs(index, reference, BOTH);
    const { digest, size, phases } = await push(reference);
    // The layer that both have is sent once.
    expect(phases).toEqual(["done", "done", "done"]);
    const there = raw(reference);
    expect([sha256(there), there.length]).toEqual([digest, size]);
    expect(JSON.parse(there.toString())).toMatchObject({
      mediaType: types.index,
      manifests: BOTH.map((architecture) => ({
        mediaType: types.manifest,
        platform: { os: "linux", architecture },
      })),
    });
    expect(copyAll(reference)).toBe(digest);
    const ids = index.children.map((image) => ("configDigest" in image ? image.configDigest : ""));
    expect(await idsOf(reference, BOTH)).toEqual(ids);
    // Nothing of it changes when it is pushed again.
    const again = reference.replace(":latest", ":again");
    await retag(reference, again);
    expect(await push(again)).toMatchObject({ digest, phases: ["exists", "exists", "exists"] });
  });

  it("leaves its other platforms alone with --platform", async () => {
    const reference = at(source);
    await pullAs(two, reference, BOTH);
    const platform = parsePlatform(OTHER);
    const { digest, alone } = await push(reference, undefined, { platform });
    expect({ digest, alone }).toEqual({ digest: other.digest, alone: undefined });
    expect(raw(reference).equals(other.manifest)).toBe(true);
    expect(() => raw(`${reference.replace(":latest", "")}@${own.digest}`)).toThrow("manifest unknown");
    await expect(push(reference, undefined, { platform: parsePlatform("riscv64") })).rejects.toMatchObject({
      code: "platform-missing",
      message: expect.stringContaining("linux/riscv64") as string,
    });
  });
});

describe("an index, of which an image is not here", () => {
  it.each([
    ["the only one that is", [OTHER], () => other, [OWN, "s390x"]],
    ["the host's", [OTHER, OWN], () => own, ["s390x"]],
  ])("is not pushed: %s is, and it is said what is missing", async (_, platforms, pushed, missing) => {
    const reference = at(source);
    await pullAs(three, reference, platforms);
    expect(await push(reference)).toMatchObject({
      digest: pushed().digest,
      alone: {
        platform: `linux/${pushed() === own ? OWN : OTHER}`,
        missing: missing.map((architecture) => `linux/${architecture}`),
      },
    });
    expect(raw(reference).equals(pushed().manifest)).toBe(true);
  });

  it("is refused when it is not clear which to push instead", async () => {
    const reference = at(source);
    await pullAs(three, reference, [OTHER, "s390x"]);
    await expect(push(reference)).rejects.toMatchObject({
      code: "platform-missing",
      hint: expect.stringContaining(`here are linux/${OTHER}, linux/s390x`) as string,
    });
  });

  it("is pushed all the same where the repository has that image", async () => {
    const reference = at(source);
    const pulled = await pullAs(three, reference, [OWN]);
    const next = pulled.replace(":latest", ":next");
    await retag(pulled, next);
    const { digest, alone } = await push(next);
    expect({ digest, alone }).toEqual({ digest: three.digest, alone: undefined });
    expect(copyAll(next)).toBe(three.digest);
  });
});

describe("attestations in an index", () => {
  const index = makeIndex([entry(own, OWN), attested]);

  it("stay where the repository has them and the images stay as they are", async () => {
    const reference = at(source);
    const pulled = await pullAs(index, reference);
    const next = pulled.replace(":latest", ":next");
    await retag(pulled, next);
    expect(await push(next)).toMatchObject({ digest: index.digest, withoutAttestations: false });
  });

  it("are left out where they are not, or are another image's now", async () => {
    const mounted = at(source);
    await pullAs(index, mounted);
    expect(await push(mounted)).toMatchObject({ withoutAttestations: true });
    expect(namedBy(raw(mounted)).map(({ digest }) => digest)).toEqual([own.digest]);
    const changed = at(target);
    await pullAs(index, changed);
    // The repository has the attestations; but the image is compressed anew.
    await putImage(target.host, parseReference(changed).path, "old", attestation);
    expect(await push(changed)).toMatchObject({ withoutAttestations: true });
    const [image, ...more] = namedBy(raw(changed));
    expect(more).toEqual([]);
    expect(image?.digest).not.toBe(own.digest);
  });
});
