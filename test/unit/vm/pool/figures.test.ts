import { describe, expect, it } from "vitest";
import { keepFigures } from "../../../../src/vm/pool/figures.js";

describe("keepFigures", () => {
  it("has no quantile without figures", () => {
    expect(keepFigures(3).quantile(0.5)).toBeUndefined();
  });

  it("finds quantiles among the most recent figures", () => {
    const figures = keepFigures(20);
    for (const value of [1000, ...Array.from({ length: 20 }, (_, at) => 20 - at)]) figures.add(value);
    expect([0.5, 0.95, 1, 0].map((share) => figures.quantile(share))).toEqual([10, 19, 20, 1]);
  });
});
