import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import {
  appendFileSync,
  chmodSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { unpackAt } from "../../../../src/vm/copy/copy.js";
import { packTar } from "../../../../src/vm/copy/pack.js";
import { parsePath } from "../../../../src/vm/copy/place.js";
import { readTar } from "../../../../src/vm/copy/read-tar.js";
import { holdSource } from "../../../../src/vm/copy/source.js";

const RUNS = Number(process.env["BOX_TEST_RUNS"] ?? 60);
let folder: string;
let warnings: string[];
const here = (...parts: string[]) => join(folder, ...parts);
const isRoot = process.getuid?.() === 0;
const warn = (line: string) => warnings.push(line);

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "box-pack-"));
  warnings = [];
});
// Node cannot remove names that are not UTF-8.
afterEach(() => void execFileSync("rm", ["-rf", folder]));

async function* pack(path: string, name: string | undefined): AsyncGenerator<Buffer> {
  const source = holdSource(path, false, path);
  try {
    yield* packTar(source, { name, onFile: () => undefined, warn });
  } finally {
    source.close();
  }
}

async function collect(source: AsyncIterable<Buffer>): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of source) pieces.push(piece);
  return Buffer.concat(pieces);
}

/** Packs and unpacks without a box, which would send back the same entries. */
const copy = (source: string, destination: string) =>
  unpackAt(() => Promise.resolve(readTar(pack(source, "top"))), parsePath("/top"), destination, {
    keepOwners: isRoot,
    warn,
  });

/** Everything that a copy preserves, by path; names are bytes as latin1. */
function listing(root: string): Map<string, unknown> {
  const found = new Map<string, unknown>();
  const inodes = new Map<number, string>();
  const visit = (path: string) => {
    const at = Buffer.from(`${root}${path}`, "latin1");
    const stats = lstatSync(at);
    const first = inodes.get(stats.ino) ?? path;
    inodes.set(stats.ino, first);
    const content = stats.isFile()
      ? readFileSync(at, "latin1")
      : stats.isSymbolicLink()
        ? readlinkSync(at, "latin1")
        : "";
    // Only root keeps setuid bits.
    const mode = stats.mode & (isRoot ? 0o177777 : 0o170777);
    found.set(path, [mode, stats.uid, stats.gid, Math.floor(stats.mtimeMs / 1000), first, content]);
    if (!stats.isDirectory()) return;
    for (const name of readdirSync(at, "latin1").sort()) visit(`${path}/${name}`);
  };
  visit("");
  return found;
}

const name = fc
  .uint8Array({ minLength: 1, maxLength: 255 })
  .map((bytes) =>
    Buffer.from(bytes.map((byte) => (byte === 0 || byte === 47 ? 120 : byte))).toString("latin1"),
  )
  .filter((text) => text !== "." && text !== "..");
const mtime = fc.nat(2 ** 33);

type Node =
  | { kind: "file"; content: Uint8Array; mode: number; mtime: number; twin: boolean }
  | { kind: "link"; target: string }
  | { kind: "folder"; children: Map<string, Node>; mode: number; mtime: number };

const file: fc.Arbitrary<Node> = fc.record({
  kind: fc.constant("file" as const),
  content: fc.oneof(
    fc.uint8Array({ maxLength: 2000 }),
    fc.nat(700_000).map((size) => new Uint8Array(size).fill(size)),
  ),
  mode: fc.constantFrom(0o600, 0o755, 0o444, 0o6711),
  mtime,
  twin: fc.boolean(),
});
const link: fc.Arbitrary<Node> = fc.record({ kind: fc.constant("link" as const), target: name });
const folderOf = (below: fc.Arbitrary<Node>): fc.Arbitrary<Node> =>
  fc.record({
    kind: fc.constant("folder" as const),
    children: fc.array(fc.tuple(name, below), { maxLength: 6 }).map((all) => new Map(all)),
    mode: fc.constantFrom(0o700, 0o755, 0o1777),
    mtime,
  });
const tree = folderOf(fc.oneof(file, link, folderOf(fc.oneof(file, link, folderOf(file)))));

function grow(root: string, path: string, node: Node): void {
  const at = Buffer.from(path, "latin1");
  if ("target" in node) {
    symlinkSync(Buffer.from(node.target, "latin1"), at);
    return;
  }
  if ("content" in node) writeFileSync(at, node.content);
  else mkdirSync(at);
  if ("children" in node) for (const [child, below] of node.children) grow(root, `${path}/${child}`, below);
  else if (node.twin) linkSync(at, `${root}/twin-${randomBytes(9).toString("hex")}`);
  chmodSync(at, node.mode);
  utimesSync(at, node.mtime, node.mtime);
}

it("any tree is preserved, whatever bytes its names contain", { tags: "slow" }, async () => {
  let round = 0;
  await fc.assert(
    fc.asyncProperty(tree, async (root) => {
      const [from, to] = [here(`from-${round}`), here(`to-${round++}`)];
      grow(from, from, root);
      await copy(from, to);
      expect(listing(to)).toEqual(listing(from));
      expect(warnings).toEqual([]);
    }),
    { numRuns: RUNS },
  );
});

describe("a tar read by GNU tar", () => {
  it("preserves long and non-UTF-8 names, and large sizes, times and owners", async () => {
    mkdirSync(here("src"));
    const odd = Buffer.concat([Buffer.from(`${here("src")}/`), Buffer.from([0xff, 0xfe])]);
    writeFileSync(odd, "odd");
    const long = here("src", "l".repeat(240));
    writeFileSync(long, "long");
    symlinkSync("t".repeat(150), here("src", "link"));
    utimesSync(long, 2 ** 34, 2 ** 34);
    mkdirSync(here("gnu"));
    const tar = await collect(pack(here("src"), undefined));
    execFileSync("tar", ["-x", "-p", "--warning=no-timestamp", "-C", here("gnu")], { input: tar });
    utimesSync(here("gnu"), 5, 5);
    utimesSync(here("src"), 5, 5);
    expect(listing(here("gnu"))).toEqual(listing(here("src")));
  });
});

describe("a copy of files that change meanwhile", () => {
  const LARGE = 2 ** 20;
  /** Reads the first chunk of a tar, calls a function, and reads the rest. */
  async function during(source: AsyncGenerator<Buffer>, act: () => void): Promise<Buffer> {
    const first = await source.next();
    act();
    return Buffer.concat([first.value as Buffer, await collect(source)]);
  }
  const names = (tar: Buffer) => execFileSync("tar", ["-t"], { input: tar }).toString().trim().split("\n");

  beforeEach(() => {
    mkdirSync(here("src", "sub"), { recursive: true });
    writeFileSync(here("src", "a-large"), Buffer.alloc(LARGE, "x"));
    for (const name of ["b", "sub/c"]) writeFileSync(here("src", name), name);
  });

  it("leaves out files that vanish", async () => {
    const tar = await during(pack(here("src"), "top"), () => execFileSync("rm", ["-r", here("src")]));
    // The directory has been listed already; the large file is open.
    expect(names(tar)).toEqual(["top/", "top/a-large"]);
  });

  it("has the first bytes of a file that grows, and warns", async () => {
    const tar = await during(pack(here("src"), "top"), () => appendFileSync(here("src", "a-large"), "more"));
    expect(execFileSync("tar", ["-xO", "top/a-large"], { input: tar }).length).toBe(LARGE);
    expect(names(tar)).toEqual(["top/", "top/a-large", "top/b", "top/sub/", "top/sub/c"]);
    expect(warnings).toEqual([
      `"${here("src", "a-large")}" grew while it was copied: only its first ${LARGE} bytes were copied`,
    ]);
  });

  it("pads a file that shrinks, contains everything else, and fails with an error that names it", async () => {
    const seen: Buffer[] = [];
    const outcome = (async () => {
      let first = true;
      for await (const piece of pack(here("src"), "top")) {
        seen.push(piece);
        if (first) truncateSync(here("src", "a-large"), 10);
        first = false;
      }
    })();
    await expect(outcome).rejects.toThrow(
      /a-large" shrank while it was copied: the copy was padded with zeros/,
    );
    const tar = Buffer.concat(seen);
    expect(names(tar)).toEqual(["top/", "top/a-large", "top/b", "top/sub/", "top/sub/c"]);
    expect(execFileSync("tar", ["-xO", "top/a-large"], { input: tar }).length).toBe(LARGE);
  });
});

describe("a special file", () => {
  it("is skipped with a warning, except pipes, which are copied without waiting for their other end", async () => {
    mkdirSync(here("src"));
    execFileSync("mkfifo", [here("src", "pipe")]);
    if (isRoot) execFileSync("mknod", [here("src", "device"), "c", "1", "3"]);
    const tar = await collect(pack(here("src"), "top"));
    expect(execFileSync("tar", ["-tv"], { input: tar }).toString()).toMatch(/^p.* top\/pipe$/m);
    expect(warnings).toEqual(isRoot ? [`skipping "${here("src", "device")}": it is a device`] : []);
  });

  it("is an error if it is the source itself", async () => {
    await expect(collect(pack("/dev/null", "x"))).rejects.toThrow('cannot copy "/dev/null": it is a device');
    await expect(collect(pack(here("none"), "x"))).rejects.toMatchObject({ code: "no-such-path" });
  });
});
