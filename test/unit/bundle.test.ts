import { execFile } from "node:child_process";
import { cp, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { Script } from "node:vm";
import { expect, it, onTestFinished } from "vitest";

const DIST = join(import.meta.dirname, "../../dist");

it.each(["program.js", "pull-current.js", "index.js", "undici.js"])(
  "V8 takes the code cache that the build has made of %s",
  async (name) => {
    const filename = join(DIST, "code", name);
    const [source, cachedData] = await Promise.all([
      readFile(filename, "latin1"),
      readFile(`${filename}.cache`),
    ]);
    expect(new Script(source, { filename, cachedData }).cachedDataRejected).toBe(false);
  },
);

it("box works where the cache is missing", async () => {
  const folder = await mkdtemp(join(tmpdir(), "box-bundle-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  await cp(DIST, folder, { recursive: true, filter: (file) => !file.endsWith(".cache") });
  const { stdout } = await promisify(execFile)(process.execPath, [join(folder, "box.js"), "ps", "--help"]);
  expect(stdout).toContain("Usage: box ps");
});
