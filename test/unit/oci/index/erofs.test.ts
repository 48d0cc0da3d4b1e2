import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { buildIndex } from "../../../../src/oci/index/build.js";
import { fsck } from "../../../tree/fsck.js";
import { indexLayers, indexTar } from "../../../tree/index-layers.js";
import { layerStack } from "../../../tree/layers.js";
import { BUILD } from "../../../tree/listing.js";
import { type Member, writeTar } from "../../../tree/tar-writer.js";

let folder: string;
beforeAll(() => {
  mkdirSync(BUILD, { recursive: true });
  folder = mkdtempSync(join(BUILD, "erofs-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const newFolder = () => mkdtempSync(join(folder, "image-"));

/** Unpacks every file too, because fsck.erofs reads contents only when it extracts. */
async function extract(index: string, tars: readonly string[]): Promise<string> {
  const target = join(newFolder(), "tree");
  await fsck(index, tars, `--extract=${target}`);
  return target;
}

test(
  "writes images that fsck.erofs accepts, with the tars as devices and as one file",
  { tags: "slow" },
  async () => {
    await fc.assert(
      fc.asyncProperty(layerStack, async (stack) => {
        const { index, tars } = await indexLayers(stack, newFolder());
        expect(await fsck(index, tars)).not.toMatch(/<E>/);
        const flat = `${index}.flat`;
        writeFileSync(flat, Buffer.concat([index, ...tars].map((path) => readFileSync(path))));
        expect(await fsck(flat, [])).not.toMatch(/<E>/);
      }),
      { numRuns: Number(process.env["BOX_TEST_RUNS"] ?? 10), endOnFailure: true },
    );
  },
);

test("keeps the bytes of a sparse file, whether aligned to blocks or not", async () => {
  const data = Buffer.from("abcdefgh".repeat(512));
  const sparse = (path: string, ...segments: [number, number][]): Member => ({
    path,
    type: "0",
    data: data.subarray(
      0,
      segments.reduce((sum, [, length]) => sum + length, 0),
    ),
    sparse: { size: 1_000_000, segments: segments.map(([offset, length]) => ({ offset, length })) },
  });
  const members = [
    sparse("aligned", [0, 512], [8192, 1024], [998_912, 1088]),
    sparse("unaligned", [1, 3], [700, 1], [999_000, 1000]),
  ];
  const { index, tars } = await indexLayers([members], newFolder());
  const tree = await extract(index, tars);
  for (const { path, sparse: map, data: bytes = data } of members) {
    const expected = Buffer.alloc(1_000_000);
    let at = 0;
    for (const { offset, length } of map?.segments ?? []) {
      bytes.copy(expected, offset, at, at + length);
      at += length;
    }
    expect(readFileSync(join(tree, path)).equals(expected), path).toBe(true);
  }
});

test("keeps the index of a huge sparse file small, and its holes as holes", async () => {
  const image = newFolder();
  const size = 600 * 2 ** 30;
  const member: Member = {
    path: "lastlog",
    type: "0",
    data: Buffer.alloc(1024, 1),
    sparse: {
      size,
      segments: [
        { offset: 4096, length: 512 },
        { offset: size - 512, length: 512 },
      ],
    },
  };
  const { index } = await indexLayers([[member]], image);
  const { blocks } = statSync(index);
  expect(blocks * 512).toBeLessThan(2 ** 20);
});

test("makes one device of a layer that occurs twice, and none of an empty tar", async () => {
  const image = newFolder();
  const tar = join(image, "0.tar");
  const bytes = writeTar([{ path: "a", type: "0", data: Buffer.from("text") }]);
  writeFileSync(tar, bytes);
  writeFileSync(join(image, "empty.tar"), "");
  const layer = { tar, tarBytes: bytes.length, entries: indexTar(bytes) };
  const index = join(image, "index.erofs");
  const disk = join(image, "disk.vmdk");
  const empty = { tar: join(image, "empty.tar"), tarBytes: 0, entries: [] };
  await buildIndex({
    layers: [layer, empty, layer],
    indexPath: index,
    diskPath: disk,
    finalIndexPath: index,
  });
  expect(readFileSync(disk, "utf8").match(/^RW /gm)).toHaveLength(2);
  expect(readFileSync(join(await extract(index, [tar]), "a"), "utf8")).toBe("text");
});

test("refuses an entry list that does not match its tar", async () => {
  const bytes = writeTar([{ path: "a", type: "0", data: Buffer.alloc(5000) }]);
  const paths = {
    indexPath: join(folder, "x"),
    diskPath: join(folder, "y"),
    finalIndexPath: join(folder, "x"),
  };
  const layer = { tar: "/t.tar", tarBytes: 1024, entries: indexTar(bytes) };
  await expect(buildIndex({ layers: [layer], ...paths })).rejects.toMatchObject({ code: "bad-entry-file" });
});

test("refuses an attribute that is too large for the format, naming it", async () => {
  const member: Member = { path: "a", type: "0", xattrs: { "user.x": Buffer.alloc(65_536, 1) } };
  await expect(indexLayers([[member]], newFolder())).rejects.toThrow('"user.x" of "a" is too large');
});
