import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { BoxError } from "../../../../src/errors.js";
import { holdDestination } from "../../../../src/vm/copy/destination.js";
import { readTar } from "../../../../src/vm/copy/read-tar.js";
import { unpackTar } from "../../../../src/vm/copy/unpack.js";
import { writeTar, type Member } from "../../../tree/tar-writer.js";

const RUNS = Number(process.env["BOX_TEST_RUNS"] ?? 150);
let folder: string;
let warnings: string[];
const here = (...parts: string[]) => join(folder, ...parts);

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "box-unpack-"));
  mkdirSync(here("outside"));
  writeFileSync(here("outside", "secret"), "untouched");
  warnings = [];
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

// eslint-disable-next-line @typescript-eslint/require-await
async function* inPieces(data: Buffer, size = 700): AsyncGenerator<Buffer> {
  for (let at = 0; at < data.length; at += size) yield data.subarray(at, at + size);
}

async function unpack(data: Buffer, size?: number): Promise<number> {
  const into = holdDestination(here("copy"));
  try {
    // If the directory exists, the top-level entry replaces it.
    return await unpackTar(readTar(inPieces(data, size)), {
      ...{ into, shown: here("copy"), keepOwners: false },
      warn: (line) => warnings.push(line),
    });
  } finally {
    into.close();
  }
}
const unpackMembers = (...members: Member[]) => unpack(writeTar(members));

const TOP: Member = { path: "src/", type: "5", mode: 0o755 };
const file = (path: string, text = "new"): Member => ({ path, type: "0", data: Buffer.from(text) });
const link = (path: string, linkTarget: string): Member => ({ path, type: "2", linkTarget });
const hard = (path: string, linkTarget: string): Member => ({ path, type: "1", linkTarget });

describe("a tar from a box", () => {
  it("is extracted with modes, times and links, without setuid bits", async () => {
    const long = `src/${"n".repeat(150)}`;
    const bytes = await unpackMembers(
      { ...TOP, mode: 0o500, mtime: 1_000_000 },
      { ...file("src/a", "text"), mode: 0o6751, mtime: 2_000_000 },
      { ...file(long), pax: { path: long } },
      hard("src/b", "src/a"),
      link("src/l", "/anywhere"),
      { path: "src/null", type: "3", major: 1, minor: 3 },
    );
    const status = lstatSync(here("copy", "a"));
    expect([status.mode & 0o7777, status.mtimeMs, status.nlink]).toEqual([0o751, 2_000_000_000, 2]);
    expect(lstatSync(here("copy"))).toMatchObject({ mtimeMs: 1_000_000_000, mode: 0o40500 });
    expect(readlinkSync(here("copy", "l"))).toBe("/anywhere");
    expect(readFileSync(here("copy", "n".repeat(150)), "utf8")).toBe("new");
    expect({ bytes, warnings }).toEqual({
      bytes: 7,
      warnings: ['skipping "src/null": it is a device or a pipe'],
    });
  });

  it("replaces files, merges into existing directories, and never changes a type", async () => {
    mkdirSync(here("copy"), { mode: 0o711 });
    writeFileSync(here("copy", "old"), "old");
    symlinkSync("../outside/secret", here("copy", "pointer"));
    await unpackMembers(TOP, file("src/old"), file("src/pointer"));
    expect(readFileSync(here("copy", "old"), "utf8")).toBe("new");
    expect(lstatSync(here("copy", "pointer")).isFile()).toBe(true);
    expect(lstatSync(here("copy")).mode & 0o777).toBe(0o711);
    await expect(unpackMembers(TOP, { ...TOP, path: "src/old/" })).rejects.toThrow("is not a directory");
    mkdirSync(here("copy", "dir"));
    await expect(unpackMembers(TOP, file("src/dir"))).rejects.toThrow("cannot overwrite directory");
  });

  it.each<[string, Member[], string]>([
    ["a name with ..", [TOP, file("src/../x")], "outside of its directory"],
    ["an absolute name", [TOP, file("/etc/x")], "outside of its directory"],
    ["a name next to the top-level entry", [TOP, file("other")], "outside of its directory"],
    ["a NUL in a name", [TOP, { ...file("src/x"), pax: { path: "src/a\0b" } }], "NUL"],
    [
      "a directory that is a link",
      [TOP, link("src/l", "../outside"), file("src/l/secret")],
      "before its directory",
    ],
    ["a link as its top-level entry", [link("src", "outside"), file("src/secret")], "before its directory"],
    [
      "a directory over its own link",
      [TOP, link("src/l", "../outside"), { ...TOP, path: "src/l/" }],
      "is not a directory",
    ],
    [
      "a hard link through a link",
      [TOP, link("src/l", "../outside"), hard("src/h", "src/l/secret")],
      "invalid hard link",
    ],
    ["a hard link out", [TOP, hard("src/h", "../outside/secret")], "outside of its directory"],
    ["two top-level entries", [TOP, TOP], "two top-level entries"],
    ["a file without its directory", [TOP, file("src/no/x")], "before its directory"],
  ])("with %s is rejected, and nothing outside is touched", async (_, members, why) => {
    await expect(unpackMembers(...members)).rejects.toThrow(why);
    expect(readFileSync(here("outside", "secret"), "utf8")).toBe("untouched");
    expect(lstatSync(here("outside", "secret")).nlink).toBe(1);
    expect(readdirSync(here("outside"))).toEqual(["secret"]);
  });

  it("is an error if it is truncated anywhere", async () => {
    const data = writeTar([TOP, file("src/a", "x".repeat(1000))]);
    for (const end of [100, 512, 700, 1024, 1500]) {
      const outcome = unpack(data.subarray(0, end), 100);
      // After a complete entry the tar may simply end.
      if (end === 512) await outcome;
      else await expect(outcome).rejects.toThrow("truncated");
    }
  });

  it(
    "however malformed, does no harm and ends in an error of this command or a copy",
    { tags: "slow" },
    async () => {
      const good = writeTar([TOP, link("src/l", "../outside"), file("src/a"), hard("src/h", "src/a")]);
      const change = fc.record({ place: fc.nat(good.length - 1), value: fc.nat(255) });
      await fc.assert(
        fc.asyncProperty(fc.array(change, { maxLength: 6 }), fc.nat(1000), async (changes, size) => {
          const data = Buffer.from(good);
          for (const { place, value } of changes) data[place] = value;
          for (let at = 0; at < data.length; at += 512) repairSum(data.subarray(at, at + 512));
          await unpack(data, size + 1).catch((error: unknown) => {
            expect(error).toBeInstanceOf(BoxError);
            expect(["copy-failed"]).toContain((error as BoxError).code);
          });
          expect(readdirSync(folder).filter((name) => name !== "copy")).toEqual(["outside"]);
          expect(readdirSync(here("outside"))).toEqual(["secret"]);
          expect(readFileSync(here("outside", "secret"), "utf8")).toBe("untouched");
          rmSync(here("copy"), { recursive: true, force: true });
        }),
        { numRuns: RUNS },
      );
    },
  );
});

/** Corrects the checksum of a changed block, without which it is not a header. */
function repairSum(block: Buffer): void {
  if (block.every((byte) => byte === 0) || block.toString("latin1", 257, 262) !== "ustar") return;
  block.fill(" ", 148, 156);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "latin1");
}
