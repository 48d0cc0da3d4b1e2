import { spawnSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Script } from "node:vm";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import ownCache from "../../scripts/own-cache.cjs";

const SCRIPTS = join(import.meta.dirname, "../../scripts");
const NAME = `program.js.${process.version}.digest.cache`;
const bundle = (text: string) => `(function(exports,require,module,bundleUrl){console.log("${text}")})`;

let folder: string;
let home: string;
let caches: string;

/** An installation of which one bundle prints "bundle", and a home. */
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "box-own-cache-"));
  home = join(folder, "home");
  caches = join(home, ".cache", "box");
  for (const name of ["code", "home"]) mkdirSync(join(folder, name));
  const stub = readFileSync(join(SCRIPTS, "cached.cjs"), "utf8");
  writeFileSync(join(folder, "program.js"), stub.replace("@DIGEST@", "digest"));
  copyFileSync(join(SCRIPTS, "own-cache.cjs"), join(folder, "own-cache.js"));
  writeFileSync(join(folder, "code", "program.js"), bundle("bundle"));
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

/** Runs the bundle and returns what it prints. */
function run(env: NodeJS.ProcessEnv = { HOME: home }): string {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(folder, "program.js")], {
    encoding: "utf8",
    env,
    timeout: 60_000,
  });
  expect([status, stderr]).toEqual([0, ""]);
  return stdout.trim();
}

/** A cache with other code than the bundle's, which V8 accepts because its source has the same length. */
const other = () => new Script(bundle("cached"), { filename: "program.js" }).createCachedData();

/** Writes a cache of the user's. */
function write(): string {
  vi.stubEnv("HOME", home);
  vi.stubEnv("XDG_CACHE_HOME", undefined);
  ownCache.write("program.js", NAME, new Script(bundle("bundle")));
  expect(isRead()).toBe(true);
  return join(caches, NAME);
}

const isRead = () => ownCache.read(NAME) !== undefined;

describe("the code cache of a Node that did not build box", () => {
  it("is written by the first run and used by later ones", () => {
    expect(run()).toBe("bundle");
    expect(readdirSync(caches)).toEqual([NAME]);
    expect(statSync(caches).mode & 0o777).toBe(0o700);
    expect(statSync(join(caches, NAME)).mode & 0o777).toBe(0o600);
    writeFileSync(join(caches, NAME), other());
    expect(run()).toBe("cached");
  });

  it("is in $XDG_CACHE_HOME if that is set", () => {
    const elsewhere = join(folder, "elsewhere");
    mkdirSync(elsewhere, 0o700);
    run({ HOME: home, XDG_CACHE_HOME: elsewhere });
    expect(readdirSync(join(elsewhere, "box"))).toEqual([NAME]);
    expect(readdirSync(home)).toEqual([]);
  });

  it("is not made where the build's cache fits", () => {
    writeFileSync(join(folder, "code", `program.js.${process.version}.cache`), other());
    expect(run()).toBe("cached");
    expect(readdirSync(home)).toEqual([]);
  });

  it("is replaced if it is damaged", () => {
    const file = write();
    writeFileSync(file, "damaged");
    expect(run()).toBe("bundle");
    expect(readFileSync(file).length).toBeGreaterThan(100);
    expect(readdirSync(caches)).toEqual([NAME]);
  });

  it("is removed when six newer ones are there", () => {
    write();
    for (let old = 0; old < 8; old++) writeFileSync(join(caches, `program.js.v18.0.${old}.x.cache`), "");
    write();
    expect(readdirSync(caches)).toHaveLength(6);
    expect(readdirSync(caches)).toContain(NAME);
  });
});

describe("a code cache that another user could have written is not used", () => {
  it.each<[string, (file: string) => void]>([
    ["the file is writable for others", (file) => chmodSync(file, 0o602)],
    ["the file is writable for a group", (file) => chmodSync(file, 0o620)],
    ["the folder is writable for others", () => chmodSync(caches, 0o702)],
    ["the folder is writable for others and sticky", () => chmodSync(caches, 0o1777)],
    ["the folder's parent is writable for others", () => chmodSync(join(home, ".cache"), 0o707)],
    ["the home is writable for a group", () => chmodSync(home, 0o770)],
    [
      "the file is a symbolic link",
      (file) => {
        renameSync(file, join(folder, "target"));
        symlinkSync(join(folder, "target"), file);
      },
    ],
    [
      "the folder is a link to one that is writable for others",
      () => {
        const target = join(folder, "target");
        renameSync(caches, target);
        chmodSync(target, 0o777);
        symlinkSync(target, caches);
      },
    ],
  ])("if %s", (_, change) => {
    change(write());
    expect(isRead()).toBe(false);
  });

  const isRoot = process.getuid?.() === 0;
  it.runIf(isRoot).each<[string, (file: string) => string]>([
    ["the file", (file) => file],
    ["the folder", () => caches],
    ["the home", () => home],
  ])("if %s belongs to another user", (_, of) => {
    chownSync(of(write()), 1234, 1234);
    expect(isRead()).toBe(false);
  });

  it("but one in a home below a sticky folder is", () => {
    chmodSync(folder, 0o1777);
    write();
    expect(isRead()).toBe(true);
  });
});

it.skipIf(process.getuid?.() !== 0)("no code cache is made in the home of another user", () => {
  chownSync(home, 65534, 65534);
  expect(run()).toBe("bundle");
  expect(readdirSync(home)).toEqual([]);
});

it.each<[string, () => NodeJS.ProcessEnv]>([
  ["has no home", () => ({})],
  ["has a relative home", () => ({ HOME: "home" })],
  ["has a home that does not exist", () => ({ HOME: join(folder, "nosuch") })],
  ["has a home that is a file", () => ({ HOME: join(folder, "program.js") })],
  ["has a home in which nothing can be created", () => ({ HOME: "/proc" })],
])("box runs without a code cache if the user %s", (_, env) => {
  expect(run(env())).toBe("bundle");
  expect(existsSync(join(folder, "nosuch"))).toBe(false);
});
