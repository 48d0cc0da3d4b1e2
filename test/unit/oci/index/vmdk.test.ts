import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { appendDisk, readExtents, vmdkDescriptor } from "../../../../src/oci/index/vmdk.js";

test("writes a descriptor from which QEMU reads the extents in order, whatever the name of their directory", () => {
  const folder = mkdtempSync(join(tmpdir(), "vmdk-"));
  try {
    const odd = join(folder, "a b: ü,c=d");
    mkdirSync(odd);
    const parts = [1, 3, 2].map((sectors, i) => {
      const path = join(odd, `${i}`);
      writeFileSync(path, Buffer.alloc(sectors * 512, i + 1));
      return { path, bytes: sectors * 512 };
    });
    const disk = join(folder, "disk.vmdk");
    writeFileSync(disk, vmdkDescriptor(parts));
    execFileSync("qemu-img", ["convert", "-f", "vmdk", "-O", "raw", disk, join(folder, "raw")]);
    const expected = Buffer.concat(parts.map(({ path }) => readFileSync(path)));
    expect(readFileSync(join(folder, "raw")).equals(expected)).toBe(true);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test.each(["relative/path", '/with"quote', "/with\nbreak", `/${"x".repeat(511)}`])(
  "refuses the path %j",
  (path) => {
    expect(() => vmdkDescriptor([{ path, bytes: 512 }])).toThrow(
      expect.objectContaining({ code: "bad-path" }) as Error,
    );
  },
);

test("appends a disk to another, and tells where it begins", () => {
  const first = [
    { path: "/a", bytes: 4096 },
    { path: "/b", bytes: 512 },
  ];
  const second = [{ path: "/c", bytes: 1024 }];
  const { descriptor, offset } = appendDisk(vmdkDescriptor(first), vmdkDescriptor(second));
  expect(offset).toBe(4608);
  expect(readExtents(descriptor)).toEqual([...first, ...second]);
});
