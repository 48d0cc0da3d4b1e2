import { describe, expect, it } from "vitest";
import { chooseEvicted } from "../../../../src/oci/store/evict.js";
import type { StoredImage } from "../../../../src/oci/store/inventory.js";
import type { StoreUsage } from "../../../../src/oci/store/remove.js";

const digits = (n: number) => `${n}`.padStart(64, "0");

/** Each layer has 100 bytes, each index 10. */
function image(name: string, lastUsed: number, layers: number[], tagged = false): StoredImage {
  const parsed = { domain: "docker.io", path: name, tag: "latest" };
  const tag = { reference: name, target: name, image: name, parsed, images: [name], indexes: [] };
  return {
    digest: name,
    lastUsed,
    tags: tagged ? [tag] : [],
    record: {
      id: name,
      platform: "linux/amd64",
      config: {},
      root: "/",
      files: [
        { path: `images/${name}/index.erofs`, bytes: 10 },
        ...layers.map((n) => ({ path: `layers/${digits(n)}.tar`, bytes: 100 })),
      ],
    },
  };
}

function around(images: StoredImage[], { used = [] as string[], stray = [] as number[] } = {}): StoreUsage {
  const numbers = images.flatMap(({ record }) =>
    (record?.files ?? []).flatMap(({ path }) => /layers\/(\d+)/.exec(path)?.[1] ?? []),
  );
  return {
    images,
    tags: [],
    indexes: new Map(),
    layers: new Map([...numbers, ...stray.map(digits)].map((name) => [name, 100])),
    isUsed: ({ digest }) => used.includes(digest),
    isLeased: () => false,
  };
}

const evicted = (...[surroundings, limits]: Parameters<typeof chooseEvicted>) =>
  (chooseEvicted(surroundings, limits).images ?? []).map(({ digest }) => digest);

const PLENTY = { maxRootfsEntries: 100, maxCacheBytes: 1e9 };

describe("what is evicted", () => {
  const images = [image("b", 2, [1, 2]), image("a", 1, [1, 3]), image("c", 3, [4])];

  it("is nothing below the limits", () => {
    expect(chooseEvicted(around(images), PLENTY)).toEqual({ images: [], strayLayers: false });
  });

  it("is the least recently used until so many are left as may be", () => {
    expect(evicted(around(images), { ...PLENTY, maxRootfsEntries: 1 })).toEqual(["a", "b"]);
  });

  it("is never what a tag, a box or a command needs, and that does not count", () => {
    const some = [...images, image("tagged", 0, [5], true)];
    expect(evicted(around(some, { used: ["a"] }), { maxRootfsEntries: 1, maxCacheBytes: 1e9 })).toEqual([
      "b",
    ]);
    expect(evicted(around(some, { used: ["a"] }), { maxRootfsEntries: 1, maxCacheBytes: 0 })).toEqual([
      "b",
      "c",
    ]);
  });

  it("frees the bytes of a layer only with the last image that has it", () => {
    // 4 layers and 3 indexes are 430 bytes; without a 320, without b 110.
    expect(evicted(around(images), { ...PLENTY, maxCacheBytes: 320 })).toEqual(["a"]);
    expect(evicted(around(images), { ...PLENTY, maxCacheBytes: 319 })).toEqual(["a", "b"]);
  });

  it("is what failed pulls have brought before any image", () => {
    const surroundings = around(images, { stray: [8, 9] });
    expect(chooseEvicted(surroundings, { ...PLENTY, maxCacheBytes: 430 })).toEqual({
      images: [],
      strayLayers: true,
    });
  });
});
