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
import { hard, name, product, pullAs, push, retag, source, target, user, useRegistries } from "./fixture.js";

useRegistries(false);

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
/** An attestation such as buildx adds to an index. */
const attestation = makeImage([makeTar({ about: "own" })], { architecture: "unknown" });
const attested = { image: attestation, platform: { os: "unknown", architecture: "unknown" } };

const two = makeIndex([entry(own, OWN), entry(other, OTHER)]);
const three = makeIndex([entry(own, OWN), entry(other, OTHER), entry(third, "s390x")]);

const at = (registry: { host: string }) => `${registry.host}/${name()}:latest`;
const skopeo = (...words: string[]) =>
  execFileSync("skopeo", ["--insecure-policy", ...words], { stdio: "pipe" });
/** Reads a manifest or index from a registry with skopeo. */
const raw = (reference: string) => skopeo("inspect", "--raw", "--tls-verify=false", `docker://${reference}`);
const namedBy = (data: Buffer) =>
  (JSON.parse(data.toString()) as { manifests: { digest: string; size: number }[] }).manifests;

/** Copies all of an index with skopeo, which verifies each digest. @returns the digest of the index */
function copyAll(reference: string): string {
  const folder = join(user.folder, name().replace("/", "-"));
  skopeo("copy", "--all", "--quiet", "--src-tls-verify=false", `docker://${reference}`, `dir:${folder}`);
  return sha256(readFileSync(join(folder, "manifest.json")));
}

async function idsOf(reference: string, platforms: string[]): Promise<string[]> {
  const ids = [];
  for (const text of platforms) {
    const platform = parsePlatform(text);
    const image = await product.ensureStored(reference, {
      pull: "always",
      platform,
      onProgress: () => undefined,
    });
    ids.push(image.id);
  }
  return ids;
}

describe("an index with all of its images in the store", () => {
  it.each<[string, TestIndex, string[]]>([
    ["for two platforms", two, BOTH],
    ["within an index", makeIndex([{ image: two }]), BOTH],
    [
      "with Docker's media types",
      makeIndex(
        BOTH.map((arch) => entry(imageFor(arch, { types: DOCKER }), arch)),
        DOCKER,
      ),
      BOTH,
    ],
  ])("%s is pushed byte for byte if its layers can be mounted", async (_, index, platforms) => {
    const reference = at(source);
    await pullAs(index, reference, platforms);
    const { digest, size, target, phases, ...rest } = await push(reference);
    expect({ digest, size, target, rest }).toEqual({
      digest: index.digest,
      size: index.manifest.length,
      target: index.digest,
      rest: { withoutAttestations: false },
    });
    expect(phases).toEqual(["mounted", "mounted", "mounted"]);
    expect(raw(reference).equals(index.manifest)).toBe(true);
    // skopeo does not copy nested indexes.
    const [inner = index] = index.children.filter((child): child is TestIndex => "children" in child);
    const pinned = `${reference.replace(":latest", "")}@${inner.digest}`;
    expect(copyAll(pinned)).toBe(inner.digest);
  });

  it.each([
    ["", two, OCI],
    [
      " with Docker's media types",
      makeIndex(
        BOTH.map((arch) => entry(imageFor(arch, { types: DOCKER }), arch)),
        DOCKER,
      ),
      DOCKER,
    ],
  ])("is updated if its layers are recompressed%s", async (_, index, types) => {
    const reference = at(target);
    await pullAs(index, reference, BOTH);
    const { digest, size, phases } = await push(reference);
    // The shared layer is sent once.
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
    // Pushing it again changes nothing.
    const again = reference.replace(":latest", ":again");
    await retag(reference, again);
    expect(await push(again)).toMatchObject({ digest, phases: ["exists", "exists", "exists"] });
  });

  it("is not pushed with --platform; only that image is", async () => {
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

describe("an index with images missing from the store", () => {
  it.each([
    ["the only image", [OTHER], () => other, [OWN, "s390x"]],
    ["the host's image", [OTHER, OWN], () => own, ["s390x"]],
  ])("is replaced by %s, and the missing ones are reported", async (_, platforms, pushed, missing) => {
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

  it("is refused if it is ambiguous which image to push instead", async () => {
    const reference = at(source);
    await pullAs(three, reference, [OTHER, "s390x"]);
    await expect(push(reference)).rejects.toMatchObject({
      code: "platform-missing",
      hint: expect.stringContaining(`available platforms: linux/${OTHER}, linux/s390x`) as string,
    });
  });

  it("is pushed if the repository has the missing image", async () => {
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

  it("are kept if the repository has them and the images do not change", async () => {
    const reference = at(source);
    const pulled = await pullAs(index, reference);
    const next = pulled.replace(":latest", ":next");
    await retag(pulled, next);
    expect(await push(next)).toMatchObject({ digest: index.digest, withoutAttestations: false });
  });

  it("are left out if the repository does not have them, or the image changes", async () => {
    const mounted = at(source);
    await pullAs(index, mounted);
    expect(await push(mounted)).toMatchObject({ withoutAttestations: true });
    expect(namedBy(raw(mounted)).map(({ digest }) => digest)).toEqual([own.digest]);
    const changed = at(target);
    await pullAs(index, changed);
    // The repository has the attestation, but the image's layers are recompressed.
    await putImage(target.host, parseReference(changed).path, "old", attestation);
    expect(await push(changed)).toMatchObject({ withoutAttestations: true });
    const [image, ...more] = namedBy(raw(changed));
    expect(more).toEqual([]);
    expect(image?.digest).not.toBe(own.digest);
  });
});
