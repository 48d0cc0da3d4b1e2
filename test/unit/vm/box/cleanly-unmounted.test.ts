import { mkdtemp, open, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { isCleanlyUnmounted } from "../../../../src/vm/box/cleanly-unmounted.js";
import { createWritableLayer, type LayerKind } from "../../../../src/vm/writable-layer.js";
import { currentHome } from "../../current.js";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "box-whole-"));
  vi.stubEnv("BOX_HOME", folder);
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true, force: true });
});

/** Creates a layer and changes a byte of its superblock. */
async function layer(kind: LayerKind, at?: number, change: (byte: number) => number = (byte) => byte) {
  const path = join(folder, `${kind}-${at ?? "new"}.ext4`);
  await createWritableLayer(currentHome(), path, { sizeMb: 64, kind });
  if (at === undefined) return path;
  const file = await open(path, "r+");
  const byte = Buffer.alloc(1);
  await file.read(byte, 0, 1, 1024 + at);
  byte.writeUInt8(change(byte.readUInt8(0)), 0);
  await file.write(byte, 0, 1, 1024 + at);
  await file.close();
  return path;
}

describe("a writable layer", () => {
  it.each(["scratch", "persistent"] as const)("is cleanly unmounted if it is new and %s", async (kind) => {
    expect(await isCleanlyUnmounted(await layer(kind))).toBe(true);
  });

  it("is not cleanly unmounted while it is mounted or after its guest was killed", async () => {
    expect(await isCleanlyUnmounted(await layer("scratch", 0x3a, (byte) => byte & ~1))).toBe(false);
    expect(await isCleanlyUnmounted(await layer("persistent", 0x60, (byte) => byte | 4))).toBe(false);
  });

  it("is not cleanly unmounted if it is missing or not a file system", async () => {
    const path = join(folder, "text");
    await writeFile(path, "no disk");
    expect([await isCleanlyUnmounted(path), await isCleanlyUnmounted(join(folder, "nothing"))]).toEqual([
      false,
      false,
    ]);
  });
});
