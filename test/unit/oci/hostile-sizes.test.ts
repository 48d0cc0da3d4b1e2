// @module-tag vm
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdir, readFile, stat } from "node:fs/promises";
import { createGzip, gzipSync } from "node:zlib";
import { expect, it } from "vitest";
import { fsck } from "../../tree/fsck.js";
import { listInGuest } from "../../tree/guest.js";
import { BUILD } from "../../tree/listing.js";
import { header } from "../../tree/tar-writer.js";
import { home, product, pull } from "../../registry/hostile.js";
import { makeImage, makeTar, sha256, type TestImage } from "../../registry/image.js";
import { startScripted } from "../../registry/scripted.js";

/** Makes an image with one gzip layer without holding the tar in memory. */
async function streamed(tar: Iterable<Buffer>): Promise<TestImage> {
  const hash = createHash("sha256");
  const gzip = createGzip({ level: 1, chunkSize: 2 ** 18 });
  const parts: Buffer[] = [];
  gzip.on("data", (part: Buffer) => parts.push(part));
  for (const piece of tar) {
    hash.update(piece);
    if (!gzip.write(piece)) await once(gzip, "drain");
  }
  gzip.end();
  await once(gzip, "end");
  const blob = Buffer.concat(parts);
  return makeImage([blob], {
    compress: (data) => data,
    diffIds: [`sha256:${hash.digest("hex")}`],
    layerSuffix: "+gzip",
  });
}

function* bigFile(size: number, content: number): Generator<Buffer> {
  yield header({ path: "big", type: "0" }, size);
  const piece = Buffer.alloc(2 ** 20, content);
  for (let at = 0; at < size; at += piece.length) yield piece;
  yield Buffer.alloc(1024);
}

const REPORT = 'process.on("exit",()=>process.stderr.write(`rss=${process.resourceUsage().maxRSS}\\n`))';

/** Pulls in a process of its own. @returns its output and peak memory in MiB */
async function pullAlone(
  image: TestImage,
  ...wrapper: string[]
): Promise<{ output: string; memory: number }> {
  const registry = await startScripted({ latest: image, good: makeImage([makeTar({ hello: "world" })]) });
  const words = [...wrapper, process.execPath, product.command, `${registry.host}/app`];
  try {
    const child = spawn(words.shift() ?? "", words, {
      env: { ...process.env, NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(REPORT)}` },
    });
    let output = "";
    let errors = "";
    child.stdout.on("data", (data: Buffer) => (output += data.toString()));
    child.stderr.on("data", (data: Buffer) => (errors += data.toString()));
    await once(child, "close");
    return { output, memory: Number(/rss=(\d+)/.exec(errors)?.[1] ?? Infinity) / 1024 };
  } finally {
    await registry.stop();
  }
}

it("five gigabytes of zeros in five megabytes use neither disk nor memory", async () => {
  const size = 5 * 2 ** 30;
  const piece = Buffer.alloc(2 ** 26);
  const pieces = size / piece.length;
  const first = header({ path: "big", type: "0" }, size);
  const end = Buffer.alloc(1024);
  // Digest of the header, the zeros and the end. Computing it here would take as long as the pull.
  const diffId = "sha256:c45f85bd4894cc07717fe14adf24d78a539e119155eb0297f757c44b359eac75";
  const zeros = gzipSync(piece);
  const members = [gzipSync(first), ...Array.from({ length: pieces }, () => zeros), gzipSync(end)];
  const image = makeImage([Buffer.concat(members)], {
    compress: (data) => data,
    diffIds: [diffId],
    layerSuffix: "+gzip",
  });
  expect(image.layers[0]?.size).toBeLessThan(6 * 2 ** 20);
  const { output, memory } = await pullAlone(image);
  expect(output).toBe(image.digest);
  expect(memory).toBeLessThan(400);
  const tar = await stat(`${home}/layers/${diffId.slice(7)}.tar`);
  expect(tar.size).toBe(size + 1536);
  expect(tar.blocks * 512).toBeLessThan(2 ** 20);
});

it("a layer that would fill the disk fails before it is full, and leaves the store unchanged", async () => {
  const image = await streamed(bigFile(192 * 2 ** 20, 0x78));
  await mkdir(home, { recursive: true });
  // A disk of 128 MB in its own mount namespace.
  const script = `
    mount -t tmpfs -o size=128m none "$BOX_HOME"
    "$@" ; echo
    df --output=avail -B1 "$BOX_HOME" | tail -1
    ls "$BOX_HOME/layers" "$BOX_HOME/tmp" | grep -c '[.]'
    "$@:good"`;
  const { output } = await pullAlone(image, "unshare", "-Urm", "sh", "-c", script, "sh");
  const [code, free, left, digest] = output.split("\n").map((line) => line.trim());
  expect(code).toBe("disk-full");
  expect(Number(free)).toBeGreaterThan(127 * 2 ** 20);
  expect(left).toBe("0");
  expect(digest).toMatch(/^sha256:/);
});

/** A million in the second tier of tests. */
const FILES = process.env["BOX_TEST_LONG"] === "1" ? 1_000_000 : 200_000;

it(`${FILES} files need bounded memory, and give an image that fsck.erofs accepts`, async () => {
  const count = FILES;
  function* files(): Generator<Buffer> {
    for (let i = 0; i < count; i += 1000) {
      const batch = Array.from({ length: 1000 }, (_, j) =>
        header({ path: `usr/share/folder-${i / 1000}/file-${i + j}`, type: "0" }, 0),
      );
      yield Buffer.concat(batch);
    }
    yield Buffer.alloc(1024);
  }
  const image = await streamed(files());
  const { output, memory } = await pullAlone(image);
  expect(output).toBe(image.digest);
  expect(memory).toBeLessThan(100 + 1500 * (count / 1_000_000));
  const tar = `${home}/layers/${image.diffIds[0]?.slice(7) ?? ""}.tar`;
  expect(await fsck(`${home}/images/${image.digest.slice(7)}/index.erofs`, [tar])).not.toMatch(/<E>/);
});

async function isMounted(count: number): Promise<void> {
  await mkdir(BUILD, { recursive: true });
  const tars = Array.from({ length: count }, (_, i) =>
    makeTar({ [`file-${i}`]: `content ${i}`, shared: `${i}` }),
  );
  const image = makeImage(tars);
  const { disk } = await pull(image);
  expect((await readFile(disk, "utf8")).match(/^RW /gm)).toHaveLength(count + 1);
  const lines = (await listInGuest([disk])).flat();
  const digests = lines.flatMap((line) => {
    const fields = line.split(" ");
    return fields.at(-1)?.startsWith("/file-") ? [[fields.at(-1), fields[10]]] : [];
  });
  expect(digests).toHaveLength(count);
  expect(new Map(digests as [string, string][]).get(`/file-${count - 1}`)).toBe(
    sha256(Buffer.from(`content ${count - 1}`)).slice(7),
  );
}

const MOUNTED = "an image with %i layers is one disk that a guest can mount";
it.each([127])(MOUNTED, isMounted);
it.each([500])(MOUNTED, { tags: "full" }, isMounted);
