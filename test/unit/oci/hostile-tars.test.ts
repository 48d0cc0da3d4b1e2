// @module-tag slow
import { readdir } from "node:fs/promises";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { file, refusal, symlink, unpack } from "../../registry/hostile.js";
import { makeImage, makeTar } from "../../registry/image.js";
import { header, paxRecord, withChecksum, writeMember, writeTar } from "../../tree/tar-writer.js";

describe("refuses a tar, naming the digest of the layer and the reason, that has", () => {
  const END = Buffer.alloc(1024);
  const pax = (data: string) =>
    Buffer.concat([
      writeMember({ path: "x", type: "x", data: Buffer.from(data, "latin1") }),
      writeTar([file("f")]),
    ]);
  const sized = (hex: string) => {
    const block = header(file("f"), 0);
    Buffer.from(hex, "hex").copy(block, 124);
    return Buffer.concat([withChecksum(block), END]);
  };
  const long = "p/".repeat(2100);
  it.each<[string, Buffer, RegExp]>([
    [
      "a header with a wrong checksum",
      Buffer.concat([header(file("f"), 0).fill("y", 0, 1), END]),
      /at byte 0: header checksum is/,
    ],
    ["a negative size", sized("ffffffffffffffffffffff00"), /negative size -256$/],
    ["a size that is not representable", sized("80ffffffffffffffffffffff"), /invalid size ".*"$/],
    ["a size of one byte less than 8 EiB", sized("800000007fffffffffffffff"), /invalid size ".*"$/],
    ["a size larger than the data", sized("800000000000000300000001"), /the tar ends inside an entry$/],
    ["a negative size in pax", pax("12 size=-77\n"), /negative size -77$/],
    ["an invalid owner", pax("18 uid=4294967295\n"), /uid 4294967295 is not between/],
    [
      "its end inside a file",
      writeTar([file("f", "x".repeat(5000))]).subarray(0, 2000),
      /at byte 2000: the tar ends inside an entry$/,
    ],
    ["a path of more than 4096 bytes", writeTar([file(`${long}x`)]), /name longer than 4096 bytes$/],
    [
      "a symbolic link with a target of 4096 bytes",
      writeTar([symlink("l", "t".repeat(4096))]),
      /the target of symbolic link "l" has 4096 bytes, not 1 to 4095$/,
    ],
    [
      "a symbolic link with an empty target",
      writeTar([symlink("l", "")]),
      /the target of symbolic link "l" has 0 bytes, not 1 to 4095$/,
    ],
    [
      "a NUL in the name of a sparse file",
      pax(paxRecord("GNU.sparse.name", "a\0b").toString("latin1")),
      /contains a NUL$/,
    ],
    [
      "a NUL in the name of an attribute",
      pax(paxRecord("SCHILY.xattr.user.a\0b", "v").toString("latin1")),
      /contains a NUL$/,
    ],
    [
      "too many global keywords",
      Buffer.concat([
        writeMember({
          path: "g",
          type: "g",
          data: Buffer.concat(Array.from({ length: 65 }, (_, i) => paxRecord(`SCHILY.xattr.user.${i}`, "x"))),
        }),
        writeTar([file("f")]),
      ]),
      /global headers have more than 64 keywords$/,
    ],
  ])("%s", async (_, tar, reason) => {
    for (const compress of [(data: Buffer) => data, (data: Buffer) => gzipSync(data)]) {
      const image = makeImage([makeTar({ lower: "1" }), tar], { compress });
      const { code, message } = await refusal(image);
      expect(message).toMatch(reason);
      expect(message.startsWith(`layer ${image.layers[1]?.digest ?? ""}: invalid tar`)).toBe(true);
      expect(code).toBe("bad-layer");
    }
  });

  it(
    "accepts a tar with millions of unknown keywords and headers without entries",
    { tags: "slow" },
    async () => {
      const unknown = Buffer.concat(Array.from({ length: 40_000 }, (_, i) => paxRecord(`vendor.${i}`, "x")));
      const flood = Buffer.concat([
        writeMember({ path: "g", type: "g", data: unknown }),
        ...Array.from({ length: 30 }, () => writeMember({ path: "x", type: "x", data: unknown })),
        writeTar([file("f")]),
      ]);
      expect(await readdir(await unpack(makeImage([flood])))).toEqual(["f"]);
    },
  );
});
