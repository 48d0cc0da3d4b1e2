import { copyFile, mkdir, mkdtemp, open, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Image } from "../../../../src/oci/image.js";
import { readExtents } from "../../../../src/oci/index/vmdk.js";
import { createExtents, openPendingDisk, extentBytesFor } from "../../../../src/oci/pull/pending-disk.js";
import { createTarFile } from "../../../../src/oci/pull/tar-file.js";
import { fsck } from "../../../tree/fsck.js";
import { indexTars } from "../../../tree/index-layers.js";
import { BUILD } from "../../../tree/listing.js";
import { type Member, writeTar } from "../../../tree/tar-writer.js";

let folder: string;
beforeAll(async () => {
  await mkdir(BUILD, { recursive: true });
  folder = await mkdtemp(join(BUILD, "pending-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const file = (path: string, text: string): Member => ({ path, type: "0", data: Buffer.from(text) });
const LAYERS: Member[][] = [
  [file("one", "1".repeat(9000)), file("both", "lower")],
  [
    file("both", "upper".repeat(300)),
    {
      path: "sparse",
      type: "0",
      data: Buffer.from("abc"),
      sparse: { size: 100_000, segments: [{ offset: 70_001, length: 3 }] },
    },
  ],
  [file("three", "3")],
];

/** Three layers: the last one is in the store, the others are about to be fetched. */
async function plan() {
  const store = await mkdtemp(join(folder, "store-"));
  const tars = LAYERS.map((members) => writeTar(members));
  const layers = tars.map((tar, i) => ({
    extentBytes: extentBytesFor(tar.length),
    temporary: i < 2 ? join(store, `${i}.new`) : undefined,
    final: join(store, `${i}.tar`),
  }));
  await writeFile(join(store, "2.tar"), tars[2] ?? "");
  expect(await createExtents(layers)).toBe(true);
  const bring = async (i: number) => {
    const { temporary = "", final = "" } = layers[i] ?? {};
    const tar = createTarFile(temporary, "a layer");
    tar.write(tars[i] ?? Buffer.alloc(0));
    await tar.finish(tars[i]?.length ?? 0);
    tar.close();
    await rename(temporary, final);
  };
  const assemble = async () =>
    ({
      disk: (
        await indexTars(
          layers.map(({ final }) => final),
          store,
        )
      ).disk,
    }) as Image;
  return { store, layers, bring, assemble };
}

/** Copies the disk as a guest would see it into one file. Files may be shorter than their extents. */
async function flatten(descriptor: string, to: string): Promise<void> {
  const out = await open(to, "w");
  let at = 0;
  for (const { path, bytes } of readExtents(await readFile(descriptor, "utf8"))) {
    // The index only uses the beginning of its extent.
    const part = await open(path);
    const { buffer, bytesRead } = await part.read(Buffer.alloc(2 ** 20), 0, 2 ** 20, 0);
    await out.write(buffer, 0, bytesRead, at);
    await part.close();
    at += bytes;
  }
  await out.truncate(at);
  await out.close();
}

it("a completed pending disk has the image's index, with the positions of the layers on this disk", async () => {
  const { store, layers, bring, assemble } = await plan();
  // One is fetched before the disk is created, the others afterwards.
  await bring(1);
  const pending = await openPendingDisk(join(store, "pending"), layers);
  await bring(0);
  const image = await assemble();
  expect(await pending.complete(image)).toBe(true);
  const flat = join(store, "flat");
  await flatten(pending.path, flat);
  expect(await fsck(flat, [])).not.toMatch(/<E>/);
  const disk = await open(flat, "r");
  const read = async (bytes: number, offset: number) => {
    const { buffer } = await disk.read(Buffer.alloc(bytes), 0, bytes, offset);
    return buffer;
  };
  const expected = await readFile(join(store, "index.erofs"));
  const table = expected.readUInt16LE(1024 + 88) * 128;
  for (const [i, { final }] of layers.entries()) {
    const slot = table + i * 128 + 68;
    const mapped = (await read(4, slot)).readUInt32LE();
    const tar = await readFile(final);
    expect((await read(tar.length, mapped * 512)).equals(tar)).toBe(true);
    expected.writeUInt32LE(mapped, slot);
  }
  expect((await read(expected.length, 0)).equals(expected)).toBe(true);
  await disk.close();
});

it("a pending disk has no image until it is completed", async () => {
  const { store, layers } = await plan();
  const pending = await openPendingDisk(join(store, "pending"), layers);
  const [index] = readExtents(await readFile(pending.path, "utf8"));
  const beginning = Buffer.alloc(4096, 1);
  const opened = await open(index?.path ?? "", "r");
  await opened.read(beginning, 0, 4096, 0);
  await opened.close();
  expect(beginning.equals(Buffer.alloc(4096))).toBe(true);
});

it("a pending disk cannot be used if another process fetched a layer", async () => {
  const { store, layers, bring, assemble } = await plan();
  const pending = await openPendingDisk(join(store, "pending"), layers);
  await bring(0);
  await bring(1);
  const { final = "" } = layers[0] ?? {};
  await copyFile(final, `${final}.copy`);
  await rename(`${final}.copy`, final);
  expect(await pending.complete(await assemble())).toBe(false);
});

it("a pending disk cannot be used if a layer is larger than its extent", async () => {
  const { store, layers, bring, assemble } = await plan();
  const [first, ...others] = layers;
  if (!first) throw new Error("no layers");
  const pending = await openPendingDisk(join(store, "pending"), [{ ...first, extentBytes: 512 }, ...others]);
  await bring(0);
  await bring(1);
  expect(await pending.complete(await assemble())).toBe(false);
});

it("a pending disk is not created for more than a disk can hold", async () => {
  const { store } = await plan();
  const huge = {
    extentBytes: extentBytesFor(2 ** 37),
    temporary: join(store, "huge"),
    final: join(store, "huge.tar"),
  };
  expect(await createExtents([huge])).toBe(false);
  await expect(stat(huge.temporary)).rejects.toThrow("ENOENT");
});
