import { once } from "node:events";
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import type { ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough, Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openEngine, type Engine } from "../../../../src/engine/engine.js";
import { makeImage, makeTar } from "../../../registry/image.js";
import { serveOnLoopback } from "../../../registry/loopback.js";
import { startScripted, type Fault, type ScriptedRegistry } from "../../../registry/scripted.js";
import { createServer } from "node:http";

const image = makeImage([makeTar({ one: "1".repeat(300_000) }), makeTar({ two: "2".repeat(300_000) })], {
  compress: (tar) => tar,
  layerSuffix: "",
});
const reason = new Error("no longer wanted");

let folder: string;
let home: string;
let engine: Engine;
let abort: AbortController;
const cleanups: (() => Promise<unknown>)[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "box-aborted-"));
  home = join(folder, "home");
  await mkdir(home);
  engine = openEngine({
    home,
    env: { PATH: `${folder}:${process.env["PATH"] ?? ""}`, DOCKER_CONFIG: folder },
  });
  abort = new AbortController();
});
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
  await rm(folder, { recursive: true });
});

async function start(fault?: Fault): Promise<ScriptedRegistry> {
  const registry = await startScripted({ latest: image }, fault);
  cleanups.push(registry.stop);
  return registry;
}

/** The files of the store, except complete layers, which are kept. */
async function stock(): Promise<string[]> {
  const files = await readdir(home, { recursive: true, withFileTypes: true });
  return files
    .filter((file) => !file.isDirectory() || file.parentPath !== home)
    .map((file) => join(file.parentPath, file.name))
    .filter((path) => !/\/(layers|unpacked)\/|events\.jsonl$/.test(path))
    .sort();
}

/** Number of files that this process has open. */
const openFiles = async () => (await readdir("/proc/self/fd")).length;

/** Responds with half of a layer, then aborts. */
const stuckInLayer: Fault = (request, response) => {
  const data = image.blobs.get(request.url?.split("/").at(-1) ?? "");
  if (!image.layers.some(({ digest }) => request.url?.endsWith(digest) ?? false) || !data) return false;
  response.writeHead(200, { "content-length": data.length });
  response.write(data.subarray(0, data.length >> 1), () => abort.abort(reason));
  return true;
};

/** Never responds to a matching request, and aborts. */
const stuckAt =
  (part: RegExp): Fault =>
  (request) => {
    if (!part.test(`${request.method ?? ""} ${request.url ?? ""}`)) return false;
    abort.abort(reason);
    return true;
  };

const signal = () => abort.signal;

async function drain(results: AsyncIterable<unknown>, each = (): void => undefined): Promise<void> {
  for await (const result of results) {
    expect(result).toBeDefined();
    each();
  }
}

/** Pulls the image. @returns its name */
async function pulled(): Promise<string> {
  const name = `${(await start()).host}/app`;
  await engine.images.pull(name);
  return name;
}

const archiveOf = async (name: string) => buffer(Readable.from(await engine.images.save([name])));

/** A stream that delivers half of the data and then stalls; aborts at that point. */
function stalled(data: Uint8Array): Readable {
  const stream = new PassThrough();
  stream.write(data.subarray(0, data.length >> 1), () => abort.abort(reason));
  return stream;
}

/** Aborts in the middle of reading the results. */
async function readHalf(results: AsyncIterable<unknown>): Promise<void> {
  let pieces = 0;
  await drain(results, () => {
    if (++pieces === 2) abort.abort(reason);
  });
}

/** The operations, each with a function that prepares it so that it gets stuck in the middle. */
const VERBS: [string, () => Promise<() => Promise<unknown>>][] = [
  [
    "a pull, in a layer",
    async () => {
      const { host } = await start(stuckInLayer);
      return () => engine.images.pull(`${host}/app`, { signal: signal() });
    },
  ],
  [
    "a pull, before its manifest has arrived",
    async () => {
      const { host } = await start(stuckAt(/GET .*\/manifests\//));
      return () => engine.images.pull(`${host}/app`, { signal: signal() });
    },
  ],
  [
    "a pull of an image that may have changed",
    async () => {
      let isHere = false;
      const { host } = await start((...args) => isHere && stuckAt(/HEAD /)(...args));
      await engine.images.pull(`${host}/app`);
      isHere = true;
      return () => engine.images.pull(`${host}/app`, { signal: signal() });
    },
  ],
  [
    "a pull that waits for the layers of another pull",
    async () => {
      let release = (): void => undefined;
      const held: ServerResponse[] = [];
      const reached = new Promise<void>((resolve) => (release = resolve));
      const { host } = await start((request, response) => {
        if (!image.layers.some(({ digest }) => request.url?.endsWith(digest) ?? false)) return false;
        held.push(response);
        if (held.length === image.layers.length) release();
        return true;
      });
      const other = openEngine({ home });
      const first = new AbortController();
      const pull = other.images.pull(`${host}/app`, { signal: first.signal });
      await reached;
      cleanups.unshift(async () => {
        first.abort(reason);
        await expect(pull).rejects.toBe(reason);
      });
      return () =>
        engine.images.pull(`${host}/app`, {
          signal: signal(),
          onProgress: () => abort.abort(reason),
        });
    },
  ],
  [
    "the listing of remote tags",
    async () => {
      const { host } = await start(stuckAt(/tags\/list/));
      return () => engine.images.remoteTags(`${host}/app`, signal());
    },
  ],
  [
    "a push",
    async () => {
      const name = await pulled();
      const { host } = await start(stuckAt(/(HEAD|POST) .*\/blobs\//));
      await engine.images.tag(name, `${host}/app`);
      return () => engine.images.push(`${host}/app`, { signal: signal() });
    },
  ],
  [
    "a save",
    async () => {
      const name = await pulled();
      return async () => readHalf(await engine.images.save([name], [], { signal: signal() }));
    },
  ],
  [
    "a load of a stream that stalls",
    async () => {
      const archive = await archiveOf(await pulled());
      return () => drain(engine.images.load(stalled(archive), { signal: signal() }));
    },
  ],
  [
    "a load, in a layer",
    async () => {
      const archive = await archiveOf(await pulled());
      const other = openEngine({ home: (home = join(folder, "other")) });
      await mkdir(home);
      return () =>
        drain(
          other.images.load(Readable.from([archive]), {
            signal: signal(),
            onProgress: ({ phase }) => {
              if (phase === "downloading") abort.abort(reason);
            },
          }),
        );
    },
  ],
  [
    "an import of a stream that stalls",
    () =>
      Promise.resolve(() =>
        engine.images.import(
          { stream: stalled(makeTar({ three: "3".repeat(10_000) })) },
          { signal: signal() },
        ),
      ),
  ],
  [
    "an import from a URL that stops sending",
    async () => {
      const server = createServer((_, response) => {
        response.writeHead(200).write(makeTar({ three: "3".repeat(10_000) }), () => abort.abort(reason));
      });
      const { host, stop } = await serveOnLoopback(server);
      cleanups.push(stop);
      return () => engine.images.import({ url: `http://${host}/rootfs.tar` }, { signal: signal() });
    },
  ],
  [
    "a check of the store",
    async () => {
      await pulled();
      return () => {
        const checking = engine.system.check({ signal: signal() });
        abort.abort(reason);
        return checking;
      };
    },
  ],
  [
    "a repair",
    async () => {
      let isCorrupted = false;
      const { host } = await start((...args) => isCorrupted && stuckInLayer(...args));
      await engine.images.pull(`${host}/app`);
      const [layer = ""] = image.diffIds;
      await writeFile(join(home, "layers", `${layer.slice(7)}.tar`), "corrupted");
      const findings = await engine.system.check();
      isCorrupted = true;
      return () => engine.system.repair(findings, () => undefined, { signal: signal() });
    },
  ],
  [
    "a prune of images that waits for another removal",
    async () => {
      await pulled();
      const { lock } = await import("../../../../src/host/lock.js");
      const held = await lock(join(home, "locks", "removal"));
      cleanups.unshift(() => held.release());
      return () => {
        const pruning = engine.images.prune({ all: true, fits: () => true }, { signal: signal() });
        setImmediate(() => abort.abort(reason));
        return pruning;
      };
    },
  ],
  [
    "a login to a registry that does not respond",
    async () => {
      const { host } = await start(stuckAt(/GET \/v2\/$/));
      return () => engine.system.login(host, { username: "me", password: "x" }, { signal: signal() });
    },
  ],
];

describe("aborting halfway leaves no trace of", () => {
  it.each(VERBS)("%s", async (_, prepare) => {
    const act = await prepare();
    const [files, open] = [await stock(), await openFiles()];
    await expect(act()).rejects.toBe(reason);
    expect(await stock()).toEqual(files.filter((file) => !file.includes("corrupted")));
    expect(await openFiles()).toBeLessThanOrEqual(open + 1);
  });
});

describe("aborting beforehand prevents", () => {
  it.each(VERBS)("%s", async (_, prepare) => {
    const act = await prepare();
    const files = await stock();
    abort.abort(reason);
    await expect(act()).rejects.toBe(reason);
    expect(await stock()).toEqual(files);
  });
});

it("ends a credential helper that does not respond when its pull is aborted", async () => {
  const { host } = await start((request, response) => {
    if (request.headers.authorization !== undefined) return false;
    response.writeHead(401, { "www-authenticate": 'Basic realm="x"' }).end();
    return true;
  });
  const pid = join(folder, "pid");
  await writeFile(join(folder, "docker-credential-slow"), `#!/bin/sh\necho $$ >${pid}\nexec sleep 1000\n`);
  await chmod(join(folder, "docker-credential-slow"), 0o755);
  await writeFile(join(folder, "config.json"), JSON.stringify({ credsStore: "slow" }));
  const watching = (await import("node:fs")).watch(folder);
  const pull = engine.images.pull(`${host}/app`, { signal: signal() });
  while ((await readFile(pid, "utf8").catch(() => "")) === "") await once(watching, "change");
  watching.close();
  abort.abort(reason);
  await expect(pull).rejects.toBe(reason);
  const running = Number(await readFile(pid, "utf8"));
  expect(() => process.kill(running, 0)).toThrow("ESRCH");
});
