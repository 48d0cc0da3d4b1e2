// @module-tag slow
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { lutimes, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { makeImage, makeTar, sha256 } from "../../registry/image.js";
import { bundleProduct, type Product } from "../../registry/product.js";
import { startScripted, type Fault, type ScriptedRegistry } from "../../registry/scripted.js";

let product: Product;
let home: string;
const cleanups: (() => Promise<void>)[] = [];

beforeAll(async () => {
  product = await bundleProduct();
}, 120_000);
afterAll(() => product.remove());
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "box-interrupted-"));
});
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
  await rm(home, { recursive: true, force: true });
});

const image = makeImage(
  Array.from({ length: 4 }, (_, i) => makeTar({ [`file${i}`]: `content ${i} `.repeat(100_000) })),
  { compress: (tar) => tar, layerSuffix: "" },
);

interface Pull {
  child: ChildProcess;
  /** Its output and signal after it has ended. */
  ended: Promise<{ output: string; signal: NodeJS.Signals | null }>;
}

const BOX = join(import.meta.dirname, "../../../dist/box.js");

const startPull = (registry: ScriptedRegistry, tag = ""): Pull =>
  startNode([product.command, `${registry.host}/app${tag}`, "always"]);

function startNode(words: string[]): Pull {
  const child = spawn(process.execPath, words, {
    env: { ...process.env, BOX_HOME: home },
    stdio: ["ignore", "pipe", "pipe"],
  });
  // Read stderr so that it cannot block.
  child.stderr.resume();
  let output = "";
  child.stdout.on("data", (data: Buffer) => (output += data.toString()));
  const ended = once(child, "close").then(() => ({ output, signal: child.signalCode }));
  return { child, ended };
}

async function start(fault?: Fault): Promise<ScriptedRegistry> {
  const registry = await startScripted({ latest: image }, fault);
  cleanups.push(registry.stop);
  return registry;
}

/** Serves the first `count` requested layers and half of the next one, and then hangs. */
function stuckAfter(count: number): { fault: Fault; stuck: Promise<void> } {
  let served = 0;
  let reached: () => void = () => undefined;
  const stuck = new Promise<void>((resolve) => (reached = resolve));
  const layers = new Set(image.layers.map(({ digest }) => digest));
  const fault: Fault = (request, response) => {
    const digest = request.url?.split("/").at(-1) ?? "";
    if (!layers.has(digest) || served++ < count) return false;
    const data = image.blobs.get(digest) ?? Buffer.alloc(0);
    response.writeHead(200, { "content-length": data.length });
    response.write(data.subarray(0, data.length >> 1), () => reached());
    return true;
  };
  return { fault, stuck };
}

async function everyLayerIsWhole(): Promise<void> {
  const folder = join(home, "layers");
  for (const name of await readdir(folder)) {
    if (name.endsWith(".tar"))
      expect(sha256(await readFile(join(folder, name)))).toBe(`sha256:${name.slice(0, 64)}`);
  }
}

describe("a pull that is killed", () => {
  it.each([0, 2])("after %i layers leaves nothing in use, and the next one cleans up", async (count) => {
    const { fault, stuck } = stuckAfter(count);
    const pull = startPull(await start(fault));
    await stuck;
    pull.child.kill("SIGKILL");
    await pull.ended;
    expect((await readdir(join(home, "tmp"))).length).toBe(1);
    expect(await readdir(join(home, "images")).catch(() => [])).toEqual([]);
    expect(await readdir(join(home, "tags")).catch(() => [])).toEqual([]);

    const { output } = await startPull(await start()).ended;
    expect(output).toBe(image.digest);
    expect(await readdir(join(home, "tmp"))).toEqual([]);
    await everyLayerIsWhole();
  });

  it("by a signal such as Ctrl-C ends at once, by that signal, and removes its files", async () => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
      const { fault, stuck } = stuckAfter(1);
      const pull = startNode([BOX, "pull", "-q", `${(await start(fault)).host}/app`]);
      await stuck;
      pull.child.kill(signal);
      expect(await pull.ended).toMatchObject({ output: "", signal });
      for (const folder of ["tmp", "holds", "locks"]) expect(await readdir(join(home, folder))).toEqual([]);
    }
  });
});

describe("a file in tmp/", () => {
  it("is left alone if its pull is still running, or it does not belong to a pull", async () => {
    const { fault, stuck } = stuckAfter(0);
    const slow = startPull(await start(fault));
    await stuck;
    await writeFile(join(home, "tmp", "something-else"), "");
    const [running = ""] = (await readdir(join(home, "tmp"))).filter((name) => name.startsWith("pull-"));
    const other = makeImage([makeTar({ other: "x" })]);
    const registry = await startScripted({ latest: other });
    cleanups.push(registry.stop);
    expect((await startPull(registry).ended).output).toBe(other.digest);
    expect((await readdir(join(home, "tmp"))).sort()).toEqual([running, "something-else"]);
    slow.child.kill("SIGKILL");
    await slow.ended;
  });

  it("is removed if the PID of its pull has been reused by another process", async () => {
    const { child, ended } = startPull(await start(stuckAfter(0).fault));
    await rm(join(home, "tmp"), { recursive: true, force: true });
    child.kill("SIGKILL");
    await ended;
    const namespace = (await import("node:fs")).readlinkSync("/proc/self/ns/pid").replace(/\D/g, "");
    await mkdir(join(home, "tmp", `pull-${process.pid}-1-${namespace}-abcdef`), { recursive: true });
    expect((await startPull(await start()).ended).output).toBe(image.digest);
    expect(await readdir(join(home, "tmp"))).toEqual([]);
  });
});

describe("a layer that another process is fetching", () => {
  it("is waited for, and fetched by the waiting pull if that process is killed", async () => {
    const { fault, stuck } = stuckAfter(0);
    const first = startPull(await start(fault));
    await stuck;
    const registry = await start();
    const second = startPull(registry);
    await once(second.child.stderr ?? second.child, "data");
    first.child.kill("SIGKILL");
    expect((await second.ended).output).toBe(image.digest);
    for (const { digest } of image.layers) expect(registry.count(digest)).toBe(1);
    expect(await readdir(join(home, "locks"))).toEqual([]);
  });

  it("is fetched anyway if that process no longer receives anything", async () => {
    const { fault, stuck } = stuckAfter(0);
    const first = startPull(await start(fault));
    await stuck;
    const long = new Date(Date.now() - 60_000);
    for (const name of await readdir(join(home, "locks")))
      await lutimes(join(home, "locks", name), long, long);
    expect((await startPull(await start()).ended).output).toBe(image.digest);
    first.child.kill("SIGKILL");
    await first.ended;
  });
});

/** Twenty in the second tier of tests. */
const PULLS = process.env["BOX_TEST_LONG"] === "1" ? 20 : 8;

it(`${PULLS} pulls of overlapping images, one of them killed, fetch each layer once`, async () => {
  const layer = (i: number) => makeTar({ [`layer${i}`]: `content ${i} `.repeat(20_000) });
  const images = Array.from({ length: 5 }, (_, i) => makeImage([0, 1, 2, i + 3].map(layer)));
  const registry = await startScripted(Object.fromEntries(images.map((each, i) => [`v${i}`, each])));
  cleanups.push(registry.stop);
  const pulls = Array.from({ length: PULLS }, (_, i) => startPull(registry, `:v${i % 5}`));
  // The first one has started by then: only its layers may be fetched twice.
  await once(pulls[0]?.child.stderr ?? process, "data");
  pulls[0]?.child.kill("SIGKILL");
  const ended = await Promise.all(pulls.map(({ ended }) => ended));
  expect(ended.slice(1).map(({ output }) => output)).toEqual(
    Array.from({ length: PULLS - 1 }, (_, i) => images[(i + 1) % 5]?.digest),
  );
  const layers = new Set(images.flatMap(({ layers }) => layers.map(({ digest }) => digest)));
  const fetched = [...layers].map((digest) => registry.count(digest));
  expect(Math.min(...fetched)).toBe(1);
  expect(fetched.reduce((sum, count) => sum + count, 0)).toBeLessThanOrEqual(layers.size + 4);
  expect(await readdir(join(home, "locks"))).toEqual([]);
  await everyLayerIsWhole();
});

it("concurrent pulls of the same image all succeed", async () => {
  const registry = await start();
  const pulls = await Promise.all(Array.from({ length: 4 }, () => startPull(registry).ended));
  expect(pulls.map(({ output }) => output)).toEqual(Array.from({ length: 4 }, () => image.digest));
  expect(await readdir(join(home, "tmp"))).toEqual([]);
  expect((await readdir(join(home, "images"))).length).toBe(1);
  await everyLayerIsWhole();
});

it("a pull of an image in the store requests the manifest and nothing else", async () => {
  const registry = await start();
  await startPull(registry).ended;
  registry.requests.length = 0;
  expect((await startPull(registry).ended).output).toBe(image.digest);
  expect(registry.requests.map(({ path }) => path)).toEqual(["/v2/app/manifests/latest"]);
});
