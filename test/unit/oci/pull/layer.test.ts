import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as zlib from "node:zlib";
import fc from "fast-check";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { storeLayer, type LayerJob } from "../../../../src/oci/pull/layer.js";
import type { TarMaker } from "../../../../src/oci/pull/made-tar.js";
import { openTarMaker } from "../../../../src/oci/pull/tar-maker.js";
import { readLayer } from "../../../../src/oci/store/layers.js";
import { layerFiles, layersFolder } from "../../../../src/oci/store/paths.js";
import { makeNative } from "../../../make.js";
import { makeTar, sha256 } from "../../../registry/image.js";
import { currentStore } from "../../current.js";

let home: string;
let folder: string;
const before = process.env["BOX_HOME"];
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "box-layer-"));
  process.env["BOX_HOME"] = home;
  folder = layersFolder(currentStore());
  await mkdir(folder);
});
afterEach(() => rm(home, { recursive: true, force: true }));
afterAll(() => {
  process.env["BOX_HOME"] = before;
});

const TAR = makeTar({ "etc/hostname": "box\n", big: "0123456789abcdef".repeat(100_000) });

function jobFor(blob: Uint8Array, tar: Uint8Array, change: Partial<LayerJob> = {}): LayerJob {
  const names = layerFiles(folder, sha256(tar));
  return {
    digest: sha256(blob),
    diffId: sha256(tar),
    temporary: { tar: `${names.tar}.new`, entries: `${names.entries}.new` },
    final: names,
    ...change,
  };
}

// eslint-disable-next-line @typescript-eslint/require-await -- a stream must be asynchronous
async function* pieces(data: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < data.length; at += size) yield data.subarray(at, at + size);
}

async function names(tar: Uint8Array): Promise<string[]> {
  const layer = await readLayer(currentStore(), sha256(tar));
  return layer?.entries.map(({ path }) => path) ?? ["there is no such layer"];
}

/** Built with sanitizers. */
const HELPER = join(import.meta.dirname, "../../../../build/layer/box-layer");
/** As it ships. */
const BUILT = join(import.meta.dirname, "../../../../dist/native/box-layer");
beforeAll(() => makeNative("layer", "test-programs"));

const MAKERS: [string, () => TarMaker][] = [
  ["the helper", () => openTarMaker(HELPER)],
  ["this thread", () => openTarMaker("/nowhere")],
];

describe.each(MAKERS)("a layer processed by %s", (_, open) => {
  const maker = open();
  afterAll(maker.close);

  it.each([
    ["with gzip", zlib.gzipSync(TAR)],
    [
      "with several gzip members",
      Buffer.concat([zlib.gzipSync(TAR.subarray(0, 700)), zlib.gzipSync(TAR.subarray(700))]),
    ],
    ["with zstd", execFileSync("zstd", ["-qc"], { input: TAR })],
    ["not at all", TAR],
  ])("compressed %s becomes a tar and its entries", async (_name, blob) => {
    const job = jobFor(blob, TAR);
    await storeLayer(pieces(blob, 65_536), job, maker);
    expect((await readFile(job.final.tar)).equals(TAR)).toBe(true);
    expect(await names(TAR)).toEqual(["etc/hostname", "big"]);
    expect((await readdir(folder)).length).toBe(2);
  });

  it("is the same however its bytes are split", async () => {
    const blob = zlib.gzipSync(makeTar({ a: "1", b: "22" }));
    const tar = makeTar({ a: "1", b: "22" });
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: blob.length }), fc.boolean(), async (size, plain) => {
        const data = plain ? tar : blob;
        await storeLayer(pieces(data, size), jobFor(data, tar), maker);
        expect(await names(tar)).toEqual(["a", "b"]);
      }),
      { numRuns: 30 },
    );
  });

  it.each([
    ["two empty blocks", Buffer.alloc(1024)],
    ["zero bytes", Buffer.alloc(0)],
  ])("of %s has no entries, but its file is not empty", async (_name, tar) => {
    for (const blob of [tar, zlib.gzipSync(tar)]) {
      const job = jobFor(blob, tar);
      await storeLayer(pieces(blob, 100), job, maker);
      expect(await names(tar)).toEqual([]);
      const { length } = await readFile(job.final.tar);
      expect(length).toBe(Math.max(512, tar.length));
    }
  });

  it("has holes in place of zeros, even at its end, and the same content", async () => {
    const zeros = Buffer.alloc(3_000_000);
    for (const tar of [makeTar({ a: "1", zeros, b: "2" }), makeTar({ a: "1", zeros }, { end: false })]) {
      const job = jobFor(zlib.gzipSync(tar), tar);
      await storeLayer(pieces(zlib.gzipSync(tar), 10_000), job, maker);
      expect((await readFile(job.final.tar)).equals(tar)).toBe(true);
      expect((await stat(job.final.tar)).blocks * 512).toBeLessThan(1_000_000);
      expect((await names(tar))[1]).toBe("zeros");
    }
  });

  it("may have zeros after the gzip data, but nothing else", async () => {
    const gzip = zlib.gzipSync(TAR);
    const padded = Buffer.concat([gzip, Buffer.alloc(600)]);
    await storeLayer(pieces(padded, 65_536), jobFor(padded, TAR), maker);
    expect(await names(TAR)).toEqual(["etc/hostname", "big"]);
    const followed = Buffer.concat([gzip, Buffer.from("more")]);
    await expect(storeLayer(pieces(followed, 65_536), jobFor(followed, TAR), maker)).rejects.toMatchObject({
      code: "bad-layer",
    });
  });

  it("that ends inside a block is padded to 512 bytes, and its diffID remains that of the original tar", async () => {
    const tar = makeTar({ a: "abc" }, { end: false }).subarray(0, 512 + 3);
    const job = jobFor(tar, tar);
    await storeLayer(pieces(tar, 1000), job, maker);
    const file = await readFile(job.final.tar);
    expect(file.length).toBe(1024);
    expect(file.subarray(0, tar.length).equals(tar)).toBe(true);
    expect((await readLayer(currentStore(), sha256(tar)))?.tarBytes).toBe(1024);
  });
});

describe.each(MAKERS)("%s publishes no files of", (_, open) => {
  const maker = open();
  afterAll(maker.close);

  const gzip = zlib.gzipSync(TAR);
  const damaged = Buffer.from(gzip);
  damaged[gzip.length >> 1] = (damaged[gzip.length >> 1] ?? 0) ^ 0xff;
  const zstd = execFileSync("zstd", ["-qc"], { input: TAR });
  const text = Buffer.alloc(2048, "not a tar");
  // A frame header (RFC 8878, 3.1.1.1) with a window of 2^31 bytes and no content size, followed by a block.
  const wide = Buffer.concat([Buffer.from("28b52ffd00a8", "hex"), zstd.subarray(9)]);

  it.each<[string, Buffer, Partial<LayerJob>, string]>([
    ["a layer whose content does not match its digest", gzip, { digest: sha256(TAR) }, "digest-mismatch"],
    ["a layer whose tar does not match its diffID", gzip, { diffId: sha256(gzip) }, "digest-mismatch"],
    ["a layer with damaged gzip data", damaged, {}, "bad-layer"],
    ["a layer with truncated gzip data", gzip.subarray(0, gzip.length - 20), {}, "bad-layer"],
    ["a layer with truncated zstd data", zstd.subarray(0, zstd.length - 20), {}, "bad-layer"],
    ["a layer with a zstd window of 2 GiB", wide, {}, "bad-layer"],
    ["a layer that is not a tar", text, { diffId: sha256(text) }, "bad-layer"],
  ])("%s", async (_name, blob, change, code) => {
    const job = jobFor(blob, TAR, change);
    await expect(storeLayer(pieces(blob, 65_536), job, maker)).rejects.toMatchObject({ code });
    expect((await readdir(folder)).filter((name) => !name.endsWith(".new"))).toEqual([]);
  });

  it("a layer whose source fails, and passes its error on", async () => {
    async function* broken(): AsyncGenerator<Uint8Array> {
      yield* pieces(gzip.subarray(0, 1000), 100);
      throw new Error("the source broke");
    }
    await expect(storeLayer(broken(), jobFor(gzip, TAR), maker)).rejects.toThrow("the source broke");
  });

  it("a layer that does not fit on the disk, and names the disk", async () => {
    const job = jobFor(gzip, TAR);
    const full = { ...job, temporary: { ...job.temporary, tar: "/dev/full" } };
    await expect(storeLayer(pieces(gzip, 1000), full, maker)).rejects.toMatchObject({
      code: "disk-full",
      message: expect.stringContaining("/dev/full") as string,
    });
  });
});

describe("the helper", () => {
  it("is named with its last message if it exits in the middle of a layer", async () => {
    const program = join(home, "helper");
    await writeFile(program, "#!/bin/sh\nhead -c 100 >/dev/null\necho no such library >&2\nexit 127\n", {
      mode: 0o755,
    });
    const maker = openTarMaker(program);
    await expect(storeLayer(pieces(TAR, 65_536), jobFor(TAR, TAR), maker)).rejects.toMatchObject({
      code: "engine-missing",
      message: `a part of box does not work: ${program} ended with 127: no such library`,
    });
    maker.close();
  });

  it.each([
    ["gzip", zlib.gzipSync(Buffer.alloc(2 ** 26)), 24],
    ["zstd", execFileSync("zstd", ["-qc"], { input: Buffer.alloc(2 ** 26) }), 24],
    ["zstd", execFileSync("zstd", ["-qc", "--long=27"], { input: Buffer.alloc(2 ** 28) }), 160],
  ])("decompresses %s data to a thousand times its size in bounded memory", async (kind, blob, mib) => {
    await writeFile(join(home, "tar"), "");
    const child = spawn(BUILT, { cwd: home, stdio: ["pipe", "pipe", "inherit"] });
    const send = (data: Uint8Array) => {
      const length = Buffer.alloc(4);
      length.writeUInt32LE(data.length);
      child.stdin.write(Buffer.concat([length, data]));
    };
    send(Buffer.from(`${kind} 0 tar`));
    send(blob);
    send(Buffer.alloc(0));
    let said = "";
    child.stdout.on("data", (data: Buffer) => (said += data.toString()));
    while (!said.includes("done ")) await once(child.stdout, "data");
    const status = await readFile(`/proc/${child.pid}/status`, "utf8");
    expect(Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024).toBeLessThan(mib);
    child.stdin.end();
    expect(await once(child, "close")).toEqual([0, null]);
  });

  it("can process a layer after one that was refused", async () => {
    const maker = openTarMaker(HELPER);
    const gzip = zlib.gzipSync(TAR);
    const cut = gzip.subarray(0, gzip.length - 20);
    await expect(storeLayer(pieces(cut, 65_536), jobFor(cut, TAR), maker)).rejects.toThrow(
      "decompression failed: unexpected end of file",
    );
    for (let i = 0; i < 3; i++) await storeLayer(pieces(gzip, 65_536), jobFor(gzip, TAR), maker);
    maker.close();
    expect(await names(TAR)).toEqual(["etc/hostname", "big"]);
  });
});
