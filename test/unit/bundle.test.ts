import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { cp, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { Script } from "node:vm";
import { expect, it, onTestFinished } from "vitest";

const DIST = join(import.meta.dirname, "../../dist");
/** The build is for the Node that ran it; tests may run on another. */
const isBuiltByThisNode = existsSync(join(DIST, "code", `program.js.${process.version}.cache`));

it.runIf(isBuiltByThisNode).each(["program.js", "pull-current.js", "index.js", "undici.js"])(
  "V8 accepts the code cache that the build has created for %s",
  async (name) => {
    const file = join(DIST, "code", name);
    const [source, cachedData] = await Promise.all([
      readFile(file, "latin1"),
      readFile(`${file}.${process.version}.cache`),
    ]);
    expect(new Script(source, { filename: name, cachedData }).cachedDataRejected).toBe(false);
  },
);

it("the build has written code caches", async () => {
  const caches = (await readdir(join(DIST, "code"))).filter((name) => /\.v\d+\.\d+\.\d+\.cache$/.test(name));
  expect(caches).toHaveLength(4);
});

it("box works without a code cache", async () => {
  const folder = await mkdtemp(join(tmpdir(), "box-bundle-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  await cp(DIST, folder, { recursive: true, filter: (file) => !file.endsWith(".cache") });
  const { stdout } = await promisify(execFile)(process.execPath, [join(folder, "box.js"), "ps", "--help"]);
  expect(stdout).toContain("Usage:  box ps");
});

it("the build contains neither the directory that it was made in nor the project's package.json", async () => {
  const root = join(import.meta.dirname, "../..");
  const { description } = JSON.parse(await readFile(join(root, "package.json"), "utf8")) as {
    description: string;
  };
  const built = (await readdir(DIST, { recursive: true, withFileTypes: true })).filter(
    (entry) => entry.isFile() && !/\/types(\/|$)/.test(entry.parentPath),
  );
  expect(built.length).toBeGreaterThan(20);
  const telling: string[] = [];
  for (const { parentPath, name } of built) {
    const content = await readFile(join(parentPath, name));
    if (content.includes(root) || content.includes(description)) telling.push(join(parentPath, name));
  }
  expect(telling).toEqual([]);
});
