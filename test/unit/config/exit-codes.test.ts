import { expect, it } from "vitest";
import { exitCodeOfStart } from "../../../src/config/exit-codes.js";

it.each([
  ["not-found", 127],
  ["not-executable", 126],
  ["no-user", 125],
  ["made-up-by-a-guest", 125],
  ["constructor", 125],
])("a program that fails to start with %s has exit code %i", (code, exitCode) => {
  expect(exitCodeOfStart(code)).toBe(exitCode);
});
