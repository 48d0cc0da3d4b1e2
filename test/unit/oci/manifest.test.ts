import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BoxError } from "../../../src/errors.js";
import { parseImageConfig, parseManifest } from "../../../src/oci/manifest.js";
import { DOCKER, makeImage, makeIndex, makeTar, OCI, type Descriptor } from "../../registry/image.js";

const TARS = [makeTar({ a: "b" })];
const code = (data: Buffer): unknown => {
  try {
    return parseManifest(data, "the image");
  } catch (error) {
    return (error as { code?: unknown }).code;
  }
};
const withLayer = (change: object) =>
  makeImage(TARS, {
    edit: ({ config, layers }) => ({
      schemaVersion: 2,
      config,
      layers: layers.map((layer) => ({ ...layer, ...change })),
    }),
  }).manifest;
const withConfig = (change: Partial<Record<keyof Descriptor, unknown>>) =>
  makeImage(TARS, {
    edit: ({ config, layers }) => ({ schemaVersion: 2, config: { ...config, ...change }, layers }),
  }).manifest;

describe("a manifest", () => {
  it.each([
    ["OCI", OCI],
    ["Docker", DOCKER],
  ])("in %s format is parsed, as is an index", (_, types) => {
    const image = makeImage(TARS, { types });
    expect(parseManifest(image.manifest, "x")).toMatchObject({ manifest: { layers: image.layers } });
    const index = makeIndex([{ image, platform: { os: "linux", architecture: "amd64" } }], types);
    expect(parseManifest(index.manifest, "x")).toMatchObject({
      index: { manifests: [{ digest: image.digest }] },
    });
  });

  it.each<[string, Buffer, string]>([
    ["is not JSON", Buffer.from("<html>"), "bad-image"],
    ["is not UTF-8", Buffer.from([0x22, 0xff, 0x22]), "bad-image"],
    ["is not an object", Buffer.from("[]"), "bad-image"],
    ["is empty", Buffer.from("{}"), "bad-image"],
    ["has schema version 1", Buffer.from('{"schemaVersion":1,"fsLayers":[]}'), "not-an-image"],
    ["has another type", Buffer.from('{"schemaVersion":2,"mediaType":"text/x"}'), "not-an-image"],
    [
      "is both a manifest and an index",
      Buffer.from('{"schemaVersion":2,"manifests":[],"config":{},"layers":[]}'),
      "bad-image",
    ],
    [
      "is another kind of artifact",
      withConfig({ mediaType: "application/vnd.oci.empty.v1+json" }),
      "not-an-image",
    ],
    ["has a digest other than SHA-256", withConfig({ digest: `sha512:${"a".repeat(128)}` }), "bad-image"],
    ["has a path in place of a digest", withLayer({ digest: "sha256:../../../etc/passwd" }), "bad-image"],
    ["has a negative size", withLayer({ size: -1 }), "bad-image"],
    ["has a fractional size", withLayer({ size: 1.5 }), "bad-image"],
    ["has a size that is not representable", withLayer({ size: 1e300 }), "bad-image"],
    [
      "has a Windows layer",
      withLayer({ mediaType: "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip" }),
      "unsupported-layer",
    ],
    [
      "has a layer that is not a tar",
      withLayer({ mediaType: "application/vnd.in-toto+json" }),
      "unsupported-layer",
    ],
  ])("that %s is refused", (_, data, expected) => {
    expect(code(data)).toBe(expected);
  });

  it("of any JSON is parsed, or refused with a BoxError", () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        const result = code(Buffer.from(text));
        expect(["object", "string"]).toContain(typeof result);
      }),
    );
  });
});

describe("a configuration", () => {
  const base = { os: "linux", architecture: "amd64", rootfs: { type: "layers", diff_ids: [] } };
  const read = (value: object) => parseImageConfig(Buffer.from(JSON.stringify(value)), "x");

  it("may omit optional fields, or set them to null", () => {
    expect(read(base).config).toBeUndefined();
    expect(read({ ...base, config: null, created: null }).config).toBeNull();
    expect(
      read({ ...base, config: { Env: null, Cmd: null, Entrypoint: null, Labels: null } }).config,
    ).toEqual({
      Env: null,
      Cmd: null,
      Entrypoint: null,
      Labels: null,
    });
  });

  it.each([
    ["no platform", { rootfs: base.rootfs }],
    ["no root filesystem", { os: "linux", architecture: "amd64" }],
    ["invalid diffIDs", { ...base, rootfs: { type: "layers", diff_ids: ["../x"] } }],
    ["an environment of numbers", { ...base, config: { Env: [1] } }],
  ])("with %s is refused", (_, value) => {
    expect(() => read(value)).toThrow(/x is not valid/);
  });
});

describe("documents with random changes", () => {
  /** Replaces one value in a document, selected by `place`. */
  function change(value: unknown, place: number, by: unknown): unknown {
    if (typeof value !== "object" || value === null || place % 7 === 0) return by;
    const keys = Object.keys(value);
    const key = keys[place % keys.length];
    if (key === undefined) return by;
    const inside = change((value as Record<string, unknown>)[key], Math.floor(place / 7), by);
    return Array.isArray(value)
      ? value.map((item: unknown, i) => (String(i) === key ? inside : item))
      : { ...value, [key]: inside };
  }

  it("are parsed, or refused with a BoxError of one line", () => {
    const image = makeImage(TARS);
    const documents = [
      image.manifest,
      makeIndex([{ image }]).manifest,
      image.blobs.get(image.configDigest) ?? Buffer.alloc(0),
    ].map((data): unknown => JSON.parse(data.toString()));
    fc.assert(
      fc.property(fc.constantFrom(...documents), fc.nat(), fc.jsonValue(), (document, place, by) => {
        const data = Buffer.from(JSON.stringify(change(document, place, by)));
        for (const read of [parseManifest, parseImageConfig]) {
          try {
            read(data, "x");
          } catch (error) {
            expect(error).toBeInstanceOf(BoxError);
            expect((error as Error).message).not.toContain("\n");
          }
        }
      }),
      { numRuns: Number(process.env["BOX_TEST_RUNS"] ?? 500) },
    );
  });
});
