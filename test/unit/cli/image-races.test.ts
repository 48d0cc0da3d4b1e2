// @module-tag slow
import { once } from "node:events";
import { watch } from "node:fs";
import { mkdir, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { makeImage, makeIndex, makeTar, type TestImage } from "../../registry/image.js";
import { startScripted, type Fault, type ScriptedRegistry } from "../../registry/scripted.js";
import { runCommand, startCommand } from "./command.js";

const OWN = process.arch === "arm64" ? "arm64" : "amd64";
const OTHER = OWN === "arm64" ? "amd64" : "arm64";

const base = makeTar({ base: "for both ".repeat(100_000) });
const imageFor = (architecture: string) =>
  makeImage([base, makeTar({ own: architecture.repeat(50_000) })], {
    architecture,
    compress: (tar) => tar,
    layerSuffix: "",
  });
const [own, other] = [imageFor(OWN), imageFor(OTHER)];
const index = makeIndex(
  [own, other].map((image, i) => ({ image, platform: { os: "linux", architecture: i === 0 ? OWN : OTHER } })),
);

let home: string;
let fault: Fault;
let registry: ScriptedRegistry;
let name: string;

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "box-races-"));
  fault = () => false;
  registry = await startScripted({ latest: index }, (...call) => fault(...call));
  name = `${registry.host}/app`;
});
afterEach(async () => {
  await registry.stop();
  await rm(home, { recursive: true, force: true });
});

const start = (...args: string[]) => startCommand(args, { home });
const box = (...args: string[]) => runCommand(args, { home });
const list = (folder: string) => readdir(join(home, folder)).catch(() => []);

/** Serves half of a layer, and the rest once `goOn` is called. */
function stopIn(image: TestImage): { reached: Promise<void>; goOn: () => void } {
  let reach: () => void = () => undefined;
  let goOn: () => void = () => undefined;
  const reached = new Promise<void>((resolve) => (reach = resolve));
  const wait = new Promise<void>((resolve) => (goOn = resolve));
  const [, { digest } = { digest: "" }] = image.layers;
  fault = (request, response) => {
    if (!request.url?.endsWith(digest)) return false;
    const data = image.blobs.get(digest) ?? Buffer.alloc(0);
    const half = data.length >> 1;
    response.writeHead(200, { "content-length": data.length });
    response.write(data.subarray(0, half), reach);
    void wait.then(() => response.end(data.subarray(half)));
    return true;
  };
  return { reached, goOn: () => goOn() };
}

/** Waits until a directory of the store contains this many files. */
async function untilThereAre(count: number, folder: string): Promise<void> {
  await mkdir(join(home, folder), { recursive: true });
  const watcher = watch(join(home, folder));
  for (let change = once(watcher, "change"); (await list(folder)).length < count;) {
    await change;
    change = once(watcher, "change");
  }
  watcher.close();
}

/** Expects the next command to succeed, and the store to be undamaged. */
async function isWell(): Promise<void> {
  expect(await box("images")).toMatchObject({ code: 0, stderr: "" });
  fault = () => false;
  expect(await box("pull", "-q", name)).toMatchObject({ code: 0, stderr: "" });
  const { stdout } = await box("image", "inspect", "-f", "{{.Id}}", name);
  expect(stdout).toBe(`${own.configDigest}\n`);
  const check = await box("system", "check");
  expect(check).toMatchObject({ code: 0, stderr: "" });
  expect(check.stdout).toContain("no errors found");
  for (const folder of ["tmp", "locks", "holds"]) expect(await list(folder)).toEqual([]);
}

describe("a pull while images are being removed", () => {
  it.each([
    ["completes", false],
    ["is killed", true],
  ])("keeps its layers, and %s", async (_, killed) => {
    const { reached, goOn } = stopIn(own);
    const pull = start("pull", "-q", name);
    // Both images share a layer, so there are two files.
    await Promise.all([reached, untilThereAre(2, "layers")]);
    expect((await box("rmi", name)).stderr).toContain("No such image");
    expect((await box("image", "prune", "-af")).stdout).toBe("Total reclaimed space: 0B\n");
    expect(await list("layers")).toHaveLength(2);
    if (killed) pull.child.kill("SIGKILL");
    goOn();
    expect(await pull.ended).toMatchObject(killed ? { signal: "SIGKILL" } : { code: 0 });
    if (killed) {
      await box("image", "prune", "-af");
      for (const folder of ["layers", "holds"]) expect(await list(folder)).toEqual([]);
    }
    await isWell();
  });

  it.each([
    ["completes", false],
    ["is killed", true],
  ])("loses the other platform of its name, even if it %s", async (_, killed) => {
    await box("pull", "-q", name);
    const { reached, goOn } = stopIn(other);
    const pull = start("pull", "-q", "--platform", OTHER, name);
    await reached;
    expect(await box("rmi", name)).toMatchObject({ code: 0 });
    if (killed) pull.child.kill("SIGKILL");
    goOn();
    expect(await pull.ended).toMatchObject(killed ? { signal: "SIGKILL" } : { code: 0 });
    const { stdout } = await box("images", "-q", "--no-trunc");
    expect(stdout).toBe(killed ? "" : `${other.configDigest}\n`);
    await isWell();
  });

  it("has its image afterwards, even if the image existed before and is being removed", async () => {
    await box("pull", "-q", name);
    const { reached, goOn } = stopIn(other);
    const pull = start("pull", "-q", "--platform", OTHER, name);
    await reached;
    const removals = [start("image", "prune", "-af"), start("rmi", "-f", name)];
    const [one, two] = await Promise.all(removals.map(({ ended }) => ended));
    expect([one?.code, two?.code]).toContain(0);
    goOn();
    expect(await pull.ended).toMatchObject({ code: 0 });
    await isWell();
  });
});

describe("rmi while its image is being pulled", () => {
  const removals = [
    ["rmi", () => ["rmi", name]],
    ["image prune -a", () => ["image", "prune", "-af"]],
  ] as const;
  const folders = ["tags", "images", "layers", "indexes", "tmp"];
  const moments = removals.flatMap(([what, args]) => folders.map((folder) => [what, folder, args] as const));

  /** Kills or stops a removal as soon as something changes in a directory of the store. */
  async function catchAt(
    folder: string,
    args: string[],
    signal: NodeJS.Signals,
  ): Promise<ReturnType<typeof start>> {
    await box("pull", "-q", name);
    await mkdir(join(home, folder), { recursive: true });
    const parent = folder === "tags" ? join(folder, (await list("tags"))[0] ?? "") : folder;
    const watcher = watch(join(home, parent));
    const removal = start(...args);
    await Promise.race([once(watcher, "change"), removal.ended]);
    removal.child.kill(signal);
    watcher.close();
    return removal;
  }

  it.each(moments)(
    "by %s, killed while changing %s, leaves the store consistent",
    async (_, folder, args) => {
      const removal = await catchAt(folder, args(), "SIGKILL");
      await removal.ended;
      await isWell();
    },
  );

  it.each([
    ["continues", "SIGCONT"],
    ["is killed", "SIGKILL"],
  ] as const)("makes the pull wait until it %s", async (_, signal) => {
    const removal = await catchAt("tags", ["rmi", name], "SIGSTOP");
    const asked = new Promise<void>((resolve) => {
      fault = () => {
        resolve();
        return false;
      };
    });
    const pull = start("pull", "-q", name);
    await Promise.race([asked, pull.ended]);
    removal.child.kill(signal);
    await removal.ended;
    expect(await pull.ended).toMatchObject({ code: 0, stderr: "" });
    await isWell();
  });
});
