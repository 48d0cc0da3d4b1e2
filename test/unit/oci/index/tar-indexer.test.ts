import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { BoxError } from "../../../../src/errors.js";
import type { Entry } from "../../../../src/oci/index/entry.js";
import { createTarIndexer } from "../../../../src/oci/index/tar-indexer.js";
import { indexTar } from "../../../tree/index-layers.js";
import { anyLayer } from "../../../tree/layers.js";
import {
  header,
  type Member,
  paxRecord,
  withChecksum,
  writeMember,
  writeTar,
} from "../../../tree/tar-writer.js";

const one = (member: Member): Entry => {
  const [entry] = indexTar(writeTar([member]));
  if (entry === undefined) throw new Error("no entry");
  return entry;
};

/** Replaces some bytes of a header, and corrects the checksum. */
function altered(block: Buffer, at: number, bytes: string): Buffer {
  block.write(bytes, at, "latin1");
  return withChecksum(block);
}

const END = Buffer.alloc(1024);
const file = (path: string, data: Buffer): Member => ({ path, type: "0", data });

describe("numbers and times", () => {
  test("reads a size of more than 8 GiB in base 256 exactly", () => {
    const block = header({ path: "big", type: "0" }, 0);
    Buffer.from("800000000000000300000001", "hex").copy(block, 124);
    const indexer = createTarIndexer();
    indexer.push(withChecksum(block));
    expect(() => indexer.end()).toThrow(/ends inside an entry/);
    const folder = header({ path: "folder", type: "5" }, 0);
    Buffer.from("80000000002dc6c0", "hex").copy(folder, 108);
    expect(indexTar(Buffer.concat([withChecksum(folder), END]))[0]?.uid).toBe(3_000_000);
  });

  test("reads a time before 1970 in base 256 as negative", () => {
    const block = header({ path: "old", type: "5" }, 0);
    Buffer.from("fffffffffffffffffffffffe", "hex").copy(block, 136);
    expect(indexTar(Buffer.concat([withChecksum(block), END]))[0]?.mtime).toBe(-2);
  });

  test.each([
    ["1700000000.123456789", 1_700_000_000, 123_456_789],
    ["1700000000.1", 1_700_000_000, 100_000_000],
    ["1700000000.1234567899", 1_700_000_000, 123_456_789],
    ["5", 5, 0],
    ["-1.25", -2, 750_000_000],
    ["-3", -3, 0],
  ])("keeps the nanoseconds of the pax mtime %s", (text, seconds, nanoseconds) => {
    const entry = one({ path: "f", type: "5", pax: { mtime: text } });
    expect([entry.mtime, entry.mtimeNanoseconds]).toEqual([seconds, nanoseconds]);
  });

  test("prefers the ids of pax to the header's", () => {
    expect(one({ path: "f", type: "5", uid: 5, pax: { uid: "4000000", gid: "7" } })).toMatchObject({
      uid: 4_000_000,
      gid: 7,
    });
  });
});

describe("names", () => {
  test("keeps bytes that are not UTF-8", () => {
    expect(one(file("\xff\xfe/\xe9", Buffer.alloc(0))).path).toBe("\xff\xfe/\xe9");
    const long = `${"\xe9".repeat(300)}/x`;
    expect(one(file(long, Buffer.alloc(0))).path).toBe(long);
  });

  test("puts the ustar prefix before the name", () => {
    const block = header({ path: "name", type: "0" }, 0);
    expect(indexTar(Buffer.concat([altered(block, 345, "some/prefix"), END]))[0]?.path).toBe(
      "some/prefix/name",
    );
  });

  test("treats a v7 name that ends with a slash as a directory", () => {
    const block = header({ path: "folder/", type: "\0" }, 0);
    expect(indexTar(Buffer.concat([altered(block, 257, "\0\0\0\0\0\0\0\0"), END]))[0]?.type).toBe(
      "directory",
    );
  });

  test("applies GNU long names and links to the next entry only", () => {
    const long = "n".repeat(700);
    const target = "t".repeat(900);
    const tar = writeTar([
      file("././@LongLink", Buffer.from(`${target}\0`)),
      file("././@LongLink", Buffer.from(`${long}\0`)),
      { path: "short", type: "2", linkTarget: "x" },
      { path: "after", type: "2", linkTarget: "y" },
    ]);
    tar.write("K", 156);
    withChecksum(tar.subarray(0, 512));
    tar.write("L", 2 * 512 + 512 + 156);
    withChecksum(tar.subarray(3 * 512, 4 * 512));
    expect(indexTar(tar).map(({ path, linkTarget }) => [path, linkTarget])).toEqual([
      [long, target],
      ["after", "y"],
    ]);
  });

  test("applies a global header to all entries that follow, except its path", () => {
    const global = Buffer.concat([
      paxRecord("uid", "77"),
      paxRecord("path", "nonsense"),
      paxRecord("comment", "x"),
    ]);
    const tar = Buffer.concat([
      writeMember({ path: "pax_global_header", type: "g", data: global }),
      writeTar([file("a", Buffer.from("1")), { path: "b", type: "5", pax: { uid: "" } }]),
    ]);
    expect(indexTar(tar).map(({ path, uid }) => [path, uid])).toEqual([
      ["a", 77],
      ["b", 0],
    ]);
  });
});

describe("data", () => {
  test("returns segments that point to the data in the tar", () => {
    const tar = writeTar([
      file("a", Buffer.from("first")),
      file("empty", Buffer.alloc(0)),
      file("b", Buffer.from("second")),
    ]);
    const texts = indexTar(tar).map(({ segments }) =>
      segments.map(({ tarOffset, length }) => tar.toString("latin1", tarOffset, tarOffset + length)),
    );
    expect(texts).toEqual([["first"], [], ["second"]]);
  });

  test("keeps binary values of xattrs, including newlines", () => {
    const value = Buffer.from("\n5 a=b\n\0\xff=", "latin1");
    expect(one({ path: "f", type: "0", xattrs: { "user.x": value } }).xattrs).toEqual([
      { name: "user.x", value },
    ]);
  });

  test("expects no data for directories and links, even if their header has a size", () => {
    const tar = Buffer.concat([
      header({ path: "d", type: "5" }, 4096),
      writeTar([file("next", Buffer.from("x"))]),
    ]);
    expect(indexTar(tar).map(({ path, size }) => [path, size])).toEqual([
      ["d", 0],
      ["next", 1],
    ]);
  });

  test("returns the segments of sparse files in every GNU format", () => {
    const folder = mkdtempSync(join(tmpdir(), "sparse-"));
    try {
      // 40 islands: more than fit in an old GNU header and one extension block.
      const script = `for i in $(seq 0 39); do printf island | dd of=f bs=1 seek=$((i * 65536)) conv=notrunc status=none; done
        truncate -s 4M f
        tar -cf gnu --format=gnu --sparse f
        for v in 0.0 0.1 1.0; do tar -cf pax-$v --format=pax --sparse --sparse-version=$v f; done`;
      execFileSync("sh", ["-ec", script], { cwd: folder });
      for (const name of ["gnu", "pax-0.0", "pax-0.1", "pax-1.0"]) {
        const tar = execFileSync("cat", [join(folder, name)], { maxBuffer: 2 ** 26 });
        const [entry] = indexTar(tar);
        expect(entry).toMatchObject({ path: "f", size: 4 * 2 ** 20 });
        const islands = entry?.segments.filter(
          ({ tarOffset }) => tar.toString("latin1", tarOffset, tarOffset + 6) === "island",
        );
        expect(islands?.map(({ fileOffset }) => fileOffset)).toEqual(
          Array.from({ length: 40 }, (_, i) => i * 65_536),
        );
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test("returns the same entries however the tar is split into chunks", { tags: "slow" }, async () => {
    await fc.assert(
      fc.asyncProperty(anyLayer, fc.array(fc.nat(700), { minLength: 1 }), async (layer, sizes) => {
        await setImmediate();
        const tar = writeTar(layer);
        const indexer = createTarIndexer();
        for (let at = 0, i = 0; at < tar.length; i++) {
          const size = (sizes[i % sizes.length] ?? 0) + 1;
          indexer.push(tar.subarray(at, at + size));
          at += size;
        }
        expect(indexer.end()).toEqual(indexTar(tar));
      }),
      { numRuns: 40 },
    );
  });
});

describe("the end of a tar", () => {
  const whole = writeTar([file("a", Buffer.from("data"))]);

  test.each([
    ["two zero blocks", whole.length],
    ["one zero block", whole.length - 512],
    ["no zero block", whole.length - 1024],
    ["no padding after the last file", 512 + 4],
    ["nothing before it", 0],
  ])("may have %s", (_, length) => {
    expect(indexTar(whole.subarray(0, length))).toHaveLength(length === 0 ? 0 : 1);
  });

  test("may be followed by anything", () => {
    expect(indexTar(Buffer.concat([whole, Buffer.from("junk".repeat(300))]))).toHaveLength(1);
  });

  test.each([
    ["inside a header", 300],
    ["inside the data", 512 + 3],
  ])("is refused %s", (_, length) => {
    expect(() => indexTar(whole.subarray(0, length))).toThrow(/ends inside an entry/);
  });

  test("cannot be a lone zero block", () => {
    expect(() => indexTar(Buffer.concat([Buffer.alloc(512), whole]))).toThrow(
      /at byte 512: a lone zero block/,
    );
  });
});

describe("refuses, with position and reason,", () => {
  const big = (type: string, size: number) => header({ path: "x", type }, size);
  const pax = (text: string) =>
    Buffer.concat([writeMember({ path: "x", type: "x", data: Buffer.from(text) }), END]);
  const negative = header({ path: "x", type: "0" }, 0);
  Buffer.from("ffffffffffffffffffffff00", "hex").copy(negative, 124);
  test.each([
    [
      "a wrong checksum",
      altered(big("0", 0), 0, "y").fill("0", 148, 154),
      /at byte 0: header checksum is 0 instead of/,
    ],
    ["a negative size", withChecksum(negative), /negative size -256/],
    ["an absurd size", altered(big("0", 0), 124, "\x80\xff\xff\xff\xff\xff\xff\xff"), /: invalid size ".*"$/],
    ["letters in a number", altered(big("0", 0), 108, "zzzzzzz"), /: invalid uid ".*"$/],
    ["a long name of 1 GiB", big("L", 2 ** 30), /extended header has 1073741824 bytes/],
    ["a pax header of 2 MiB", big("x", 2 ** 21), /extended header has 2097152 bytes/],
    ["an unknown type", Buffer.concat([big("Z", 0), END]), /"x" has the unknown type "Z"/],
    ["a pax record with a wrong length", pax("99 path=a\n"), /at byte 512: malformed pax record/],
    ["a pax record without a value", pax("6 abc\n"), /malformed pax record/],
    ["a path with a NUL", pax("11 path=a\0\n"), /contains a NUL/],
    ["overlapping sparse segments", sparse([0, 10, 5, 10], 20), /sparse segment 5\+10 overlaps/],
    ["sparse data beyond the file", sparse([15, 10], 20), /exceeds the file size of 20 bytes/],
    ["missing sparse data", sparse([0, 2000], 4000), /describes 2000 bytes of data, but the tar has/],
  ])("%s", (_, tar, message) => {
    let thrown: unknown;
    try {
      indexTar(tar);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(BoxError);
    expect(thrown).toMatchObject({ code: "bad-layer", message: expect.stringMatching(message) as string });
  });

  function sparse(map: number[], size: number): Buffer {
    const records = { "GNU.sparse.map": map.join(","), "GNU.sparse.size": `${size}` };
    return writeTar([{ path: "s", type: "0", data: Buffer.alloc(20), pax: records }]);
  }
});

test("turns mutated tars into entries or a BoxError, nothing else", { tags: "slow" }, async () => {
  const change = fc.tuple(fc.nat(), fc.nat(255));
  await fc.assert(
    fc.asyncProperty(
      anyLayer,
      fc.array(change, { minLength: 1, maxLength: 20 }),
      fc.boolean(),
      async (layer, changes, fixChecksums) => {
        // Keeps the test runner responsive between runs, however slow the machine.
        await setImmediate();
        const tar = writeTar(layer);
        for (const [at, byte] of changes) tar[at % tar.length] = byte;
        // Otherwise, most mutants would only test the checksum.
        if (fixChecksums)
          for (let at = 0; at + 512 <= tar.length; at += 512)
            if (tar[at + 257] === 0x75) withChecksum(tar.subarray(at, at + 512));
        try {
          indexTar(tar);
        } catch (error) {
          expect(error).toBeInstanceOf(BoxError);
        }
      },
    ),
    { numRuns: Number(process.env["BOX_TEST_RUNS"] ?? 150) },
  );
});
