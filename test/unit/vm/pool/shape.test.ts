import { describe, expect, it } from "vitest";
import { isOutdated, misfits } from "../../../../src/vm/pool/shape.js";

const SHAPE = { vcpus: "2", memoryMb: "1024", image: '"sha256:a"', persistent: "true", ports: "[]" };

describe("misfits", () => {
  it("finds nothing between equal shapes", () => {
    expect(misfits(SHAPE, { ...SHAPE })).toEqual([]);
  });

  it("names each difference once, in words, known to both or not", () => {
    expect(misfits(SHAPE, { ...SHAPE, memoryMb: "512", image: '"sha256:b"' })).toEqual([
      "memory (512 MiB, not 1024 MiB)",
      "image",
    ]);
    expect(
      misfits({ ...SHAPE, publishAll: "false" }, { ...SHAPE, ports: "[80]", publishAll: "true" }),
    ).toEqual(["published ports"]);
    expect(misfits(SHAPE, { ...SHAPE, gpu: "1" })).toEqual(["gpu"]);
  });

  it("lets boxes that keep nothing use a layer that may be kept, but not the other way round", () => {
    const scratch = { ...SHAPE, persistent: "false" };
    expect(misfits(SHAPE, scratch)).toEqual([]);
    expect(misfits(scratch, SHAPE)).toEqual(["it is kept when it ends"]);
  });
});

it("a box shows that the pool's VMs are outdated if it has another image, or the host has gained or lost IPv6", () => {
  const pool = { ...SHAPE, ipv6: "true" };
  expect(isOutdated(pool, { ...pool, memoryMb: "512" })).toBe(false);
  expect(isOutdated(pool, { ...pool, image: '"sha256:b"' })).toBe(true);
  expect(isOutdated(pool, { ...pool, ipv6: "false" })).toBe(true);
  expect(misfits(pool, { ...pool, ipv6: "false" })).toEqual(["IPv6 of this host"]);
});
