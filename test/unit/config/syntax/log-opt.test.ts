import { expect, it } from "vitest";
import { toRotation } from "../../../../src/config/syntax/log-opt.js";

it.each([
  [[], 20 * 2 ** 20, 5],
  [[["max-size", "-1"]], Infinity, 1],
  [[["max-size", "1m"]], 2 ** 20, 1],
  [[["max-file", "2"]], 20 * 2 ** 20, 2],
] as [[string, string][], number, number][])(
  "a log with %j is limited to %d bytes and %d files",
  (options, maxBytes, maxFiles) => {
    expect(toRotation(options)).toEqual({ maxBytes, maxFiles });
  },
);
