import fc from "fast-check";
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { errnoOf } from "../../../../src/errors.js";
import {
  followLinks,
  lookUp,
  makeMissing,
  refuseMissing,
  type OnMissing,
} from "../../../../src/vm/volume/host-path.js";

const RUNS = Number(process.env["BOX_TEST_RUNS"] ?? 80);
let folder: string;
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "box-host-path-")));
  mkdirSync(join(folder, "outside", "a", "b"), { recursive: true });
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const NAMES = ["a", "b", "c", "x\ny", " ", "...", "-rf", "a:b,c", "é\u202e", "n".repeat(255)];
const name = fc.constantFrom(...NAMES);
const relative = fc.array(name, { minLength: 1, maxLength: 4 });
const target = fc.oneof(
  fc.constantFrom("/outside", "/outside/a", "/tree", "/tree/a", "/outside/none").map((path) => ({ path })),
  fc
    .constantFrom("..", "../..", "../../outside", "a", "b/../a", ".", "../b", "/")
    .map((words) => ({ words })),
);
const step = fc.oneof(
  fc.record({ kind: fc.constant("folder"), at: relative }),
  fc.record({ kind: fc.constant("file"), at: relative }),
  fc.record({ kind: fc.constant("link"), at: relative, target }),
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

/** Skips steps that are impossible because something else exists already. */
function take(tree: string, made: Step): void {
  const path = join(tree, ...made.at);
  const parent = join(path, "..");
  if (!existsSync(parent) || realpathSync.native(parent) !== parent) return;
  if (!lstatSync(parent).isDirectory() || lstatSync(path, { throwIfNoEntry: false })) return;
  if (!("target" in made)) {
    if (made.kind === "folder") mkdirSync(path);
    else writeFileSync(path, "");
  } else symlinkSync("path" in made.target ? folder + made.target.path : made.target.words, path);
}

function makeTree(steps: Step[]): string {
  const tree = join(folder, "tree");
  rmSync(tree, { recursive: true, force: true });
  mkdirSync(tree);
  for (const made of steps) take(tree, made);
  return tree;
}

/** The type of the file that the system finds at a path, or the first link in the path. */
function expected(tree: string, names: string[]): string {
  let path = tree;
  for (const part of names) {
    path += `/${part}`;
    const stats = lstatSync(path, { throwIfNoEntry: false });
    if (!stats) return "ENOENT";
    if (stats.isSymbolicLink()) return `link ${path}`;
    if (stats.isFile())
      return part === names.at(-1) && path === `${tree}/${names.join("/")}` ? "file" : "ENOTDIR";
  }
  return "folder";
}

function found(path: string, onMissing: OnMissing): string {
  try {
    const { kind, ...rest } = lookUp(path, onMissing);
    return "link" in rest ? `link ${rest.link}` : kind;
  } catch (error) {
    return errnoOf(error) ?? String(error);
  }
}

const trees = fc.tuple(fc.array(step, { maxLength: 14 }), relative);
const openFiles = () => readdirSync("/proc/self/fd").length;

it("finds existing paths in any tree, creates missing ones, and follows no link", () => {
  const before = openFiles();
  fc.assert(
    fc.property(trees, ([steps, names]) => {
      const tree = makeTree(steps);
      const path = join(tree, ...names);
      const there = expected(tree, names);
      expect(found(path, refuseMissing)).toBe(there);
      expect(found(path, makeMissing)).toBe(there === "ENOENT" ? "folder" : there);
      if (there === "ENOENT") expect(realpathSync.native(path)).toBe(path);
      expect(readdirSync(join(folder, "outside"), { recursive: true }).sort()).toEqual(["a", "a/b"]);
    }),
    { numRuns: RUNS },
  );
  expect(openFiles()).toBe(before);
});

it("resolves all links in a path as the system does", () => {
  fc.assert(
    fc.property(trees, ([steps, names]) => {
      const path = join(makeTree(steps), ...names);
      let real: string;
      try {
        real = realpathSync.native(path);
      } catch {
        return;
      }
      expect(followLinks(path).real).toBe(real);
    }),
    { numRuns: RUNS },
  );
});
