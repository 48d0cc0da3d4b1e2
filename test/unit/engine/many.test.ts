// @module-tag slow
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { setImmediate } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { afterAll, beforeAll, expect, it } from "vitest";
import { openEngine } from "../../../src/engine/engine.js";
import { makeImage, makeTar } from "../../registry/image.js";
import { startScripted, type ScriptedRegistry } from "../../registry/scripted.js";

/** This many engines use no more listeners, handles, files and memory of the process than a few do. */
const ENGINES = 25;
const FEW = 5;
/** Limit for all of them together: a single leaked engine takes more than its share of it. */
const MOST_HEAP_BYTES = 2 * 2 ** 20;

const image = makeImage([makeTar({ one: "1" }), makeTar({ two: "2" })]);

let folder: string;
let registry: ScriptedRegistry;
let collect: () => void;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "box-many-"));
  registry = await startScripted({ latest: image });
  setFlagsFromString("--expose-gc");
  collect = runInNewContext("gc") as () => void;
});
afterAll(async () => {
  await registry.stop();
  await rm(folder, { recursive: true });
});

async function drain(results: AsyncIterable<unknown>): Promise<void> {
  for await (const result of results) expect(result).toBeDefined();
}

/** Opens an engine with its own home and performs a few operations with it. */
async function useEngine(name: string): Promise<WeakRef<object>> {
  const engine = openEngine({
    home: join(folder, name),
    env: { PATH: process.env["PATH"] },
  });
  const { images, boxes, volumes, system } = engine;
  const app = `${registry.host}/app`;
  const { signal } = new AbortController();
  await images.pull(app, { signal });
  const archive = await buffer(Readable.from(await images.save([app], [], { signal })));
  await drain(images.load(Readable.from([archive]), { signal }));
  await images.tag(app, "other");
  await expect(images.pull("127.0.0.1:1/nothing", { signal })).rejects.toMatchObject({
    code: "registry-unreachable",
  });
  await volumes.create("data");
  expect(await boxes.list()).toEqual([]);
  await expect(boxes.wait("nobody", { signal })).rejects.toMatchObject({
    code: "no-such-box",
  });
  await system.usage({ signal });
  await system.check({ signal });
  for await (const { action } of system.events({ since: 0, signal })) if (action === "tag") break;
  await drain(system.prune({ all: true, volumes: true, fits: () => true }, { signal }));
  return new WeakRef(engine);
}

/** Counts the resources that this process uses. */
async function takeStock() {
  for (let turns = 0; turns < 10; turns++) await setImmediate();
  collect();
  const events = process.eventNames();
  return {
    listeners: Object.fromEntries(events.map((name) => [String(name), process.listenerCount(name)])),
    resources: process.getActiveResourcesInfo().length,
    files: (await readdir("/proc/self/fd")).length,
    heap: process.memoryUsage().heapUsed,
  };
}

it(`${ENGINES} engines leave nothing behind in their process`, async () => {
  const used: WeakRef<object>[] = [];
  for (let i = 0; i < FEW; i++) await useEngine(`first${i}`);
  const before = await takeStock();
  for (let i = 0; i < ENGINES; i++) used.push(await useEngine(`home${i}`));
  const after = await takeStock();
  expect(after.listeners).toEqual(before.listeners);
  expect(after.resources).toBeLessThanOrEqual(before.resources + FEW);
  expect(after.files).toBeLessThanOrEqual(before.files + FEW);
  // The most recent ones may still be referenced from the stack.
  expect(used.filter((engine) => engine.deref() !== undefined).length).toBeLessThanOrEqual(FEW);
  expect(after.heap - before.heap).toBeLessThan(MOST_HEAP_BYTES);
});
