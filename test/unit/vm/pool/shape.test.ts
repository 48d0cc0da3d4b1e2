import { describe, expect, it } from "vitest";
import { misfits } from "../../../../src/vm/pool/shape.js";

const SHAPE = { vcpus: "2", memoryMb: "1024", imageDisk: '"/a"', persistent: "true", ports: "[]" };

describe("misfits", () => {
  it("finds nothing between equal shapes", () => {
    expect(misfits(SHAPE, { ...SHAPE })).toEqual([]);
  });

  it("names each difference once, in words, known to both or not", () => {
    expect(misfits(SHAPE, { ...SHAPE, memoryMb: "512", imageDisk: '"/b"' })).toEqual([
      "memory (512, not 1024)",
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
