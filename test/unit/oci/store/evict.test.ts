import { describe, expect, it } from "vitest";
import { chooseEvicted } from "../../../../src/oci/store/evict.js";
import type { StoredImage } from "../../../../src/oci/store/inventory.js";
import type { StoreUsage } from "../../../../src/oci/store/remove.js";

const digits = (n: number) => `${n}`.padStart(64, "0");

/** An image whose layers have 100 bytes each, and whose index has 10. */
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

function usageOf(images: StoredImage[], { used = [] as string[], stray = [] as number[] } = {}): StoreUsage {
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

const evicted = (...[usage, limits]: Parameters<typeof chooseEvicted>) =>
  (chooseEvicted(usage, limits).images ?? []).map(({ digest }) => digest);

const NO_LIMITS = { maxRootfsEntries: 100, maxCacheBytes: 1e9 };

describe("eviction", () => {
  const images = [image("b", 2, [1, 2]), image("a", 1, [1, 3]), image("c", 3, [4])];

  it("removes nothing below the limits", () => {
    expect(chooseEvicted(usageOf(images), NO_LIMITS)).toEqual({ images: [], strayLayers: false });
  });

  it("removes the least recently used images until the rest are within the limit", () => {
    expect(evicted(usageOf(images), { ...NO_LIMITS, maxRootfsEntries: 1 })).toEqual(["a", "b"]);
  });

  it("neither removes nor counts images that a tag, a box or a command needs", () => {
    const some = [...images, image("tagged", 0, [5], true)];
    expect(evicted(usageOf(some, { used: ["a"] }), { maxRootfsEntries: 1, maxCacheBytes: 1e9 })).toEqual([
      "b",
    ]);
    expect(evicted(usageOf(some, { used: ["a"] }), { maxRootfsEntries: 1, maxCacheBytes: 0 })).toEqual([
      "b",
      "c",
    ]);
  });

  it("counts a layer as freed only with the last image that has it", () => {
    // Four layers and three indexes have 430 bytes; 320 without a, 110 without b.
    expect(evicted(usageOf(images), { ...NO_LIMITS, maxCacheBytes: 320 })).toEqual(["a"]);
    expect(evicted(usageOf(images), { ...NO_LIMITS, maxCacheBytes: 319 })).toEqual(["a", "b"]);
  });

  it("removes what failed pulls have left before any image", () => {
    const usage = usageOf(images, { stray: [8, 9] });
    expect(chooseEvicted(usage, { ...NO_LIMITS, maxCacheBytes: 430 })).toEqual({
      images: [],
      strayLayers: true,
    });
  });
});
