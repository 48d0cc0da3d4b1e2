// Many files of unit tests run in one process, one after the other: that takes half the time of a process for each. Here
// a file's changes to its process are undone before the next file.
import { readFileSync } from "node:fs";
import { afterAll, expect, vi } from "vitest";

const env = { ...process.env };
const folder = process.cwd();

const { testPath = "" } = expect.getState();
const replacesModules = /\bvi\.(mock|doMock)\(/.test(readFileSync(testPath, "utf8"));
// Modules stay loaded from one file to the next. Only one loaded now imports what takes another's place.
if (replacesModules) vi.resetModules();

afterAll(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
  if (replacesModules) vi.resetModules();
  for (const name of Object.keys(process.env)) if (!(name in env)) Reflect.deleteProperty(process.env, name);
  Object.assign(process.env, env);
  process.chdir(folder);
  process.exitCode = undefined;
});
