import { expect, it } from "vitest";
import { parseBox } from "../../../../src/config/parse-box.js";
import { checkTogether } from "../../../../src/config/spec/together.js";

const check = (sidecar: { image: string } | null, sidecarProxy: "none" | "http" | "transparent") =>
  checkTogether(parseBox({ config: { image: "x", sidecar }, options: { sidecarProxy } }).spec);

it("a proxy needs a sidecar", () => {
  expect(() => check(null, "http")).toThrow("needs a `sidecar`, which is the proxy");
  expect(() => check({ image: "y" }, "transparent")).not.toThrow();
  expect(() => check(null, "none")).not.toThrow();
});
