import { readdir } from "node:fs/promises";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { refusal, registries, unpack } from "../../registry/hostile.js";
import { makeImage, makeIndex, makeTar, OCI, type TestImage, type TestIndex } from "../../registry/image.js";

describe("a hostile registry", () => {
  const tars = [makeTar({ a: "1".repeat(5000) }), makeTar({ b: "2" })];
  const image = makeImage(tars);
  const first = image.layers[0]?.digest ?? "";

  it(
    "that keeps sending a truncated layer causes an error that names the layer",
    { tags: "slow" },
    async () => {
      const { code, message } = await refusal(image, (request, response) => {
        if (!request.url?.endsWith(first)) return false;
        response.writeHead(200);
        response.end(image.blobs.get(first)?.subarray(0, request.headers.range ? 0 : 20));
        return true;
      });
      expect(code).toBe("registry-failed");
      expect(message).toContain(first);
    },
  );

  it.each([
    ["more bytes than", (data: Buffer) => Buffer.concat([data, data]), "size-mismatch"],
    ["fewer bytes than", (data: Buffer) => data.subarray(1), "size-mismatch"],
    ["other bytes than", (data: Buffer) => Buffer.from(data).fill(0, 30, 31), "digest-mismatch"],
  ])("that sends %s a layer has causes an error that names the layer", async (_, change, expected) => {
    const { code, message } = await refusal(image, (request, response) => {
      const data = image.blobs.get(first);
      if (!data || !request.url?.endsWith(first)) return false;
      const sent = change(data);
      response.writeHead(200, { "content-length": sent.length });
      response.end(sent);
      return true;
    });
    expect(code === expected || code === "bad-layer").toBe(true);
    expect(message).toContain(first);
  });

  it("may send zeros after the end of gzip data, which change nothing but the digest", async () => {
    const padded = makeImage(tars, { compress: (tar) => Buffer.concat([gzipSync(tar), Buffer.alloc(3000)]) });
    expect((await readdir(await unpack(padded))).sort()).toEqual(["a", "b"]);
  });

  it("that sends a configuration without a root filesystem is refused", async () => {
    const config = Buffer.from('{"os":"linux","architecture":"amd64"}');
    const bare = withConfig(image, config);
    expect(await refusal(bare)).toMatchObject({
      code: "bad-image",
      message: expect.stringMatching(/configuration.*rootfs/) as string,
    });
  });

  it.each([0, 1, 3])("that sends %i diffIDs for two layers is refused", async (count) => {
    const wrong = makeImage(tars, { diffIds: Array.from({ length: count }, () => image.diffIds[0] ?? "") });
    expect(await refusal(wrong)).toMatchObject({
      code: "bad-image",
      message: expect.stringContaining(`has 2 layers, but its configuration lists ${count}`) as string,
    });
  });

  it("that sends a deeply nested or a huge manifest is refused", { tags: "slow" }, async () => {
    const nested = documentOf(
      `{"schemaVersion":2,"config":${"[".repeat(1_500_000)}${"]".repeat(1_500_000)},"layers":[]}`,
    );
    expect((await refusal(nested)).code).toBe("bad-image");
    const large = documentOf(`{"schemaVersion":2,"x":"${"x".repeat(5 * 2 ** 20)}"}`);
    expect((await refusal(large)).code).toBe("response-too-large");
    const unclosed = documentOf("[".repeat(4 * 2 ** 20));
    expect((await refusal(unclosed)).code).toBe("bad-image");
  });

  it("that sends a manifest with thousands of layers is refused before any is requested", async () => {
    const layers = Array.from({ length: 501 }, () => image.layers[0]);
    const many = makeImage(tars, { edit: ({ config }) => ({ schemaVersion: 2, config, layers }) });
    const { code, message } = await refusal(many);
    expect(code).toBe("bad-image");
    expect(message).toContain("501 layers; the limit is 500");
  });

  it("that sends ever more nested indexes is refused", async () => {
    const deep = Array.from({ length: 5 }).reduce<TestImage | TestIndex>(
      (inner) => makeIndex([{ image: inner }]),
      image,
    );
    expect(await refusal(deep)).toMatchObject({
      code: "bad-image",
      message: expect.stringContaining("are nested more than 3 deep") as string,
    });

    const arm = (i: number) => makeImage([makeTar({ [`f${i}`]: "" })], { architecture: "arm64" });
    const wide = makeIndex(
      Array.from({ length: 8 }, (_, i) => ({
        image: makeIndex(Array.from({ length: 8 }, (__, j) => ({ image: arm(8 * i + j) }))),
      })),
    );
    const asked = await refusal(wide);
    expect(asked).toMatchObject({
      code: "bad-image",
      message: expect.stringContaining("first 32 manifests") as string,
    });
    expect(registries.at(-1)?.count("/manifests/")).toBeLessThan(40);
  });

  it("that sends an index which names itself is refused, because its digest does not match", async () => {
    const digest = `sha256:${"0".repeat(64)}`;
    const itself = documentOf(
      JSON.stringify({
        schemaVersion: 2,
        mediaType: OCI.index,
        manifests: [
          { mediaType: OCI.index, digest, size: 300, platform: { os: "linux", architecture: "amd64" } },
        ],
      }).padEnd(300, " "),
    );
    expect(await refusal(itself)).toMatchObject({
      code: "digest-mismatch",
      message: expect.stringContaining(digest) as string,
    });
  });

  it("that names a manifest repeatedly in an index is asked for it once", async () => {
    const arm = makeImage(tars, { architecture: "arm64" });
    const same = makeIndex(Array.from({ length: 8 }, () => ({ image: arm })));
    expect((await refusal(same)).code).toBe("platform-missing");
    expect(registries.at(-1)?.count(`/manifests/${arm.digest}`)).toBe(1);
  });
});

function documentOf(text: string): TestIndex {
  const [manifest] = [Buffer.from(text)];
  return { manifest, digest: `sha256:${"0".repeat(64)}`, mediaType: "", blobs: new Map(), children: [] };
}

function withConfig(image: TestImage, config: Buffer): TestImage {
  const [descriptor] = makeImage([config], { compress: (data) => data }).layers;
  const manifest = Buffer.from(
    JSON.stringify({
      ...(JSON.parse(image.manifest.toString()) as object),
      config: { ...descriptor, mediaType: "application/vnd.oci.image.config.v1+json" },
    }),
  );
  return { ...image, manifest, blobs: new Map([...image.blobs, [descriptor?.digest ?? "", config]]) };
}
