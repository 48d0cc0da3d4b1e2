// Many files of unit tests run in one process, one after the other: that takes half the time of a process for each. Here
// a file's changes to its process are undone before the next file.
import { relative } from "node:path";
import { setFlagsFromString } from "node:v8";
import { afterAll, expect, vi } from "vitest";
import { config } from "zod/mini";
import { reachOf, textOf } from "../../scripts/tests/imports.js";
import "./equal-buffers.js";

const env = { ...process.env };
const folder = process.cwd();

const { testPath = "" } = expect.getState();
const isOfTests = (file: string) => file.startsWith("test/");
const test = relative(folder, testPath);
const replacesModules = /\bvi\.(mock|doMock)\(/.test(textOf(test));
/** A module that registers hooks does so when it is loaded. */
const importsHooks = [...reachOf(test, isOfTests)].some(
  (file) => file !== test && isOfTests(file) && /^(before|after)(Each|All)\(/m.test(textOf(file)),
);
// Modules stay loaded from one file to the next. These files need their own.
if (replacesModules || importsHooks) vi.resetModules();

afterAll(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
  if (replacesModules) vi.resetModules();
  for (const name of Object.keys(process.env)) if (!(name in env)) Reflect.deleteProperty(process.env, name);
  Object.assign(process.env, env);
  process.chdir(folder);
  process.exitCode = undefined;
  // Loading all of zod, which only tests do, sets the words of messages in zod/mini as well.
  config({ localeError: undefined });
  // A code cache counts for one set of flags.
  setFlagsFromString("--no-expose-gc");
});
