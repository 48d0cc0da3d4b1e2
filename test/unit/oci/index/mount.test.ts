// @module-tag vm
import { execFileSync } from "node:child_process";
import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  rmSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { buildIndex } from "../../../../src/oci/index/build.js";
import { createTarIndexer } from "../../../../src/oci/index/tar-indexer.js";
import { listInGuest, MAX_DISKS } from "../../../tree/guest.js";
import { type IndexedImage, indexLayers, indexTars } from "../../../tree/index-layers.js";
import { layerStack } from "../../../tree/layers.js";
import { BUILD, differences, listFolder, normalise } from "../../../tree/listing.js";
import { header, type Member } from "../../../tree/tar-writer.js";
import { unpackWithUmoci } from "../../../tree/unpack.js";

/** Only ends a test that hangs. */
const LIMIT = 900_000;
const isRoot = process.getuid?.() === 0;

let folder: string;
beforeAll(() => {
  mkdirSync(BUILD, { recursive: true });
  folder = mkdtempSync(join(BUILD, "mount-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const newFolder = () => mkdtempSync(join(folder, "image-"));

type Unpack = (tars: readonly string[], folder: string) => Promise<string>;

const unpackWithTar: Unpack = (tars, into) => {
  for (const tar of tars) execFileSync("tar", ["-x", "-p", "--numeric-owner", "-f", tar, "-C", into]);
  return Promise.resolve(into);
};

/** Returns, per image, the differences between the mounted index and what another program unpacks from the layers. */
async function compare(images: readonly IndexedImage[], unpack: Unpack[] = []): Promise<string[][]> {
  const mounted = await listInGuest(images.map(({ disk }) => disk));
  const results: string[][] = [];
  for (const [i, { tars }] of images.entries()) {
    const started = Math.floor(Date.now() / 1000) - 1;
    const unpacked = await listFolder(await (unpack[i] ?? unpackWithUmoci)(tars, newFolder()));
    results.push(differences(normalise(unpacked, started), normalise(mounted[i] ?? [])));
  }
  return results;
}

test.skipIf(!isRoot)(
  "mounts an index that equals what umoci unpacks: handwritten layers, and tars of GNU tar",
  { timeout: LIMIT },
  async () => {
    const images = [
      await indexLayers(TRICKY, newFolder()),
      ...(await Promise.all(["gnu", "pax", "ustar", "v7"].map((format) => gnuTarImage(format)))),
    ];
    // umoci does not support sparse files in the old GNU format.
    expect(await compare(images, [unpackWithUmoci, unpackWithTar])).toEqual(images.map(() => []));
  },
);

test.skipIf(!isRoot)(
  "mounts an index that equals what umoci unpacks: random stacks of layers",
  { timeout: LIMIT },
  async () => {
    const stacks = fc.array(layerStack, { minLength: MAX_DISKS, maxLength: MAX_DISKS });
    await fc.assert(
      fc.asyncProperty(stacks, async (layers) => {
        const images = await Promise.all(layers.map((stack) => indexLayers(stack, newFolder())));
        expect(await compare(images)).toEqual(images.map(() => []));
      }),
      { numRuns: Number(process.env["BOX_TEST_RUNS"] ?? 1), endOnFailure: true },
    );
  },
);

test("reads a file of more than 4 GiB from its place in the tar", { timeout: LIMIT }, async () => {
  const size = 5 * 2 ** 30 + 1234;
  const image = newFolder();
  const tar = join(image, "0.tar");
  const marks = [0, 2 ** 30 - 10, 4 * 2 ** 30 - 5, size - 9];
  const padded = Math.ceil(size / 512) * 512;
  writeSparseTar(tar, { path: "big", type: "0" }, size, marks);
  truncateSync(tar, 512 + padded + 1024);

  const indexer = createTarIndexer();
  indexer.push(header({ path: "big", type: "0" }, size));
  const zeros = Buffer.alloc(2 ** 24);
  for (let left = padded + 1024; left > 0; left -= zeros.length)
    indexer.push(zeros.subarray(0, Math.min(left, zeros.length)));
  const index = join(image, "index.erofs");
  const disk = join(image, "disk.vmdk");
  await buildIndex({
    layers: [{ tar, tarBytes: 512 + padded + 1024, entries: indexer.end() }],
    indexPath: index,
    diskPath: disk,
    finalIndexPath: index,
  });

  const expected = join(image, "expected");
  mkdirSync(expected);
  writeMarks(join(expected, "big"), 0, size, marks);
  const [mounted = []] = await listInGuest([disk]);
  expect(sizeAndDigest(mounted)).toEqual(sizeAndDigest(await listFolder(expected)));
  expect(sizeAndDigest(mounted)[0]).toBe(`${size}`);
});

function sizeAndDigest(lines: readonly string[]): (string | undefined)[] {
  const fields = lines.find((line) => line.endsWith(" /big"))?.split(" ") ?? [];
  return [fields[5], fields[10]];
}

function writeSparseTar(path: string, member: Member, size: number, marks: readonly number[]): void {
  writeMarks(path, 512, size, marks);
  const file = openSync(path, "r+");
  writeSync(file, header(member, size), 0, 512, 0);
  closeSync(file);
}

function writeMarks(path: string, start: number, size: number, marks: readonly number[]): void {
  writeFileSync(path, "");
  truncateSync(path, start + size);
  const file = openSync(path, "r+");
  for (const mark of marks) {
    const text = Buffer.from(`@${mark}`.slice(0, 9));
    writeSync(file, text, 0, text.length, start + mark);
  }
  closeSync(file);
}

/** Returns an image of a tree with every type of file that the format supports, packed by GNU tar. */
async function gnuTarImage(format: string): Promise<IndexedImage> {
  const image = newFolder();
  const tar = join(image, "0.tar");
  const rich = format === "gnu" || format === "pax";
  const deep = `${"d".repeat(60)}/${format === "v7" ? "" : "e".repeat(60)}`;
  const script = `
    mkdir -p tree/sub/${deep} && cd tree
    printf hello >file && ln file sub/hard && ln -s ../file sub/soft && : >empty
    [ ${format} = v7 ] || { mkfifo fifo && mknod char c 5 300 && mknod block b 8 17; }
    chmod 4755 file && chown 1000:60000 sub
    touch -d '2001-02-03 04:05:06.789' file && touch -h -d '1999-01-01' sub/soft
    head -c 3000 /dev/urandom >sub/${deep}/deep
    if ${rich}; then
      chown 3000000:3000000 empty && ln -s ${"t".repeat(200)} long-target && : >${"n".repeat(220)}
      truncate -s 1M sparse && printf middle | dd of=sparse bs=1 seek=500000 conv=notrunc status=none
      for i in $(seq 1 30); do
        printf x | dd of=many-holes bs=1 seek=$((i * 65536)) conv=notrunc status=none
      done
    fi
    cd .. && tar --create --file=0.tar --format=${format} ${rich ? "--sparse" : ""} -C tree .`;
  execFileSync("sh", ["-ec", script], { cwd: image, stdio: ["ignore", "ignore", "inherit"] });
  return indexTars([tar], image);
}

const file = (path: string, text = path): Member => ({
  path,
  type: "0",
  data: Buffer.from(text),
  mtime: 1_600_000_000,
});
const folderAt = (path: string, mode = 0o755): Member => ({ path, type: "5", mode, mtime: 1_500_000_000 });
const link = (path: string, linkTarget: string): Member => ({ path, type: "1", linkTarget });
const symlink = (path: string, linkTarget: string): Member => ({
  path,
  type: "2",
  linkTarget,
  mtime: 1_400_000_000,
});

/** Layers whose entries affect each other. */
const TRICKY: Member[][] = [
  [
    folderAt("./"),
    folderAt("usr/"),
    folderAt("usr/lib/"),
    file("usr/lib/one"),
    file("usr/lib/two"),
    symlink("lib", "usr/lib"),
    symlink("loop", "loop"),
    symlink("outside", "../../../usr"),
    folderAt("gone/"),
    file("gone/file"),
    folderAt("opaque/"),
    file("opaque/lower"),
    folderAt("opaque/kept/"),
    file("opaque/kept/lower"),
    file("was-file"),
    folderAt("was-folder/"),
    file("was-folder/child"),
    link("usr/lib/one-again", "usr/lib/one"),
    link("lib-link", "lib"),
    { path: "long-link", type: "2", linkTarget: "x/".repeat(400) },
    { path: "null", type: "3", major: 1, minor: 3, mode: 0o666 },
    folderAt("many/", 0o1777),
    ...Array.from({ length: 300 }, (_, i) => file(`many/entry-${i}-${"n".repeat(i % 200)}`)),
    { ...file("early"), mtime: -5, mtimeNanoseconds: 250_000_000 },
    {
      ...file("big-xattr"),
      xattrs: { "user.big": Buffer.alloc(3000, 7), "trusted.x": Buffer.from([0, 10, 255]) },
    },
    {
      ...folderAt("acl/"),
      xattrs: {
        "system.posix_acl_default": Buffer.from(
          "0200000001000700ffffffff04000500ffffffff20000500ffffffff",
          "hex",
        ),
      },
    },
  ],
  [
    { path: ".wh.gone", type: "0" },
    { path: "opaque/.wh..wh..opq", type: "0" },
    file("opaque/upper"),
    file("lib/through-symlink"),
    file("outside/inside"),
    file("../../escape"),
    file("/absolute"),
    folderAt("was-file/"),
    file("was-file/child"),
    file("was-folder"),
    link("later-link", "usr/lib/two"),
    folderAt("usr/lib/", 0o700),
    { path: ".wh.never-there", type: "0" },
    { path: "usr/.wh..wh.plnk", type: "0" },
    file("made/parents/file"),
    file("repeated", "first"),
    file("repeated", "second"),
  ],
  [
    file("gone", "back as a file"),
    link("later-link-2", "later-link"),
    { path: "usr/lib/.wh.two", type: "0" },
  ],
];
