import { expect, it } from "vitest";
import { counted } from "../../../../src/config/syntax/counted.js";

it("uses the singular for one only", () => {
  expect([0, 1, 2].map((count) => counted(count, "layer"))).toEqual(["0 layers", "1 layer", "2 layers"]);
  expect(counted(1, "directory", "directories")).toBe("1 directory");
  expect(counted(2, "directory", "directories")).toBe("2 directories");
});
