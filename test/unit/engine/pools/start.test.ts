import { once } from "node:events";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { parseBox } from "../../../../src/config/parse-box.js";
import { openEngine, type Engine } from "../../../../src/engine/engine.js";
import { imageFor } from "../../../../src/engine/boxes/image.js";
import { checkRequest } from "../../../../src/engine/boxes/check.js";
import { asSubject, definitionOf, differences } from "../../../../src/engine/pools/definition.js";
import { writeDefinition } from "../../../../src/vm/pool/definition.js";
import { poolFiles } from "../../../../src/vm/pool/files.js";
import { encodePoolMessage } from "../../../../src/vm/pool/messages.js";
import { readMessage } from "../../../../src/vm/protocol/control/read-message.js";

vi.mock("../../../../src/engine/boxes/check.js", async (original) => ({
  ...(await original<typeof import("../../../../src/engine/boxes/check.js")>()),
  checkRequest: vi.fn((_: unknown, request: object) =>
    Promise.resolve({ ...request, identity: { id: "a", name: "a" } }),
  ),
}));
vi.mock("../../../../src/engine/boxes/image.js", () => ({
  imageFor: vi.fn(() => Promise.resolve()),
  withImages: (_: unknown, __: unknown, ___: unknown, make: () => Promise<void>) => make(),
}));
/** The limit on the time that a keeper takes to answer ends at once in some tests. */
const clock = vi.hoisted(() => ({ runs: false }));
vi.mock("node:timers/promises", async (original) => {
  const real = await original<typeof import("node:timers/promises")>();
  const passes = (ms?: number, ...rest: [undefined?, object?]) =>
    clock.runs ? Promise.resolve() : real.setTimeout(ms, ...rest);
  return { ...real, setTimeout: passes };
});
/** Every pool has a keeper. */
vi.mock("../../../../src/engine/pools/find.js", async (original) => ({
  ...(await original<typeof import("../../../../src/engine/pools/find.js")>()),
  hasKeeper: () => Promise.resolve(true),
}));

let home: string;
let engine: Engine;
let keeper: Server;
/** When it has resolved, the keeper says that two VMs are idle. */
let ready: Promise<void>;
/** Called when a command waits for that. */
let onAwait: () => void;
/** Whether the keeper is stopped, as by SIGSTOP. */
let stopped: boolean;

const request = (config: object = {}) => parseBox({ config: { image: "alpine", ...config } });

beforeEach(async () => {
  vi.clearAllMocks();
  [clock.runs, stopped, onAwait] = [false, false, () => undefined];
  home = await mkdtemp(join(tmpdir(), "box-pools-"));
  engine = openEngine({ home, runtime: join(home, "run") });
  await mkdir(folder(), { recursive: true });
  await mkdir(join(home, "run"), { mode: 0o700 });
  ready = define();
  await ready;
  keeper = createServer((socket) => {
    if (stopped) return;
    void readMessage(socket)
      .then(() => socket.write(encodePoolMessage({ event: "noted" })))
      .then(() => readMessage(socket))
      .then(() => onAwait())
      .then(() => ready)
      .then(() => socket.end(encodePoolMessage({ event: "ready", idle: 2 })));
  });
  await once(keeper.listen(join(home, "run", "ci.pool")), "listening");
});
afterEach(async () => {
  keeper.close();
  await rm(home, { recursive: true });
});

const folder = () => join(home, "pools", "ci");

/** Writes the definition of the pool, as its keeper does. */
async function define(): Promise<void> {
  const definition = definitionOf(asSubject({ ...request(), vmm: "qemu" }, "ci"));
  await writeDefinition(folder(), { ...definition, digest: "sha256:1" });
}

describe("a pool that is running", () => {
  it("is left as it is if nothing would change", async () => {
    const used = { pool: { enabled: true, name: "other" } };
    expect(await engine.pools.start("ci", { ...request(used), vmm: "qemu", name: "web" })).toBe(2);
    expect(await engine.pools.start("ci", { config: { image: "alpine" }, vmm: "qemu" })).toBe(2);
  });

  it("is waited for if another command has just started it", async () => {
    await rm(poolFiles(folder()).definition);
    ready = once(keeper, "connection").then(define);
    expect(await engine.pools.start("ci", { ...request(), vmm: "qemu" })).toBe(2);
  });

  it("is not waited for after the command has been interrupted", async () => {
    const controller = new AbortController();
    const reason = new Error("interrupted");
    onAwait = () => controller.abort(reason);
    ready = new Promise(() => undefined);
    const given = { ...request(), vmm: "qemu" } as const;
    await expect(engine.pools.start("ci", given, { signal: controller.signal })).rejects.toBe(reason);
  });

  it("is left as it is if no image is given, and nothing else would change it", async () => {
    expect(await engine.pools.start("ci", { document: {} })).toBe(2);
    expect(await engine.pools.start("ci", { document: { resources: { memoryMb: 1024 } } })).toBe(2);
  });

  it.each([
    [{ resources: { memoryMb: 512 } }, "`resources.memoryMb` is 1024 MiB, not 512 MiB"],
    [
      { pool: { minIdle: 2, idleTtlSecs: 9 } },
      "`pool.minIdle` is 1, not 2; `pool.idleTtlSecs` is 300 s, not 9 s",
    ],
    [{ image: "debian" }, "`image` is alpine, not debian"],
  ])("is not changed, and the error names what differs: %j", async (config, differing) => {
    await expect(engine.pools.start("ci", { ...request(config), vmm: "qemu" })).rejects.toMatchObject({
      ...{ code: "pool-running", detail: { pool: "ci" } },
      message: `pool ci is already running: ${differing}`,
    });
    expect(imageFor).not.toHaveBeenCalled();
  });
});

describe("a pool whose keeper is stopped", () => {
  const start = (signal?: AbortSignal) =>
    engine.pools.start("ci", { ...request(), vmm: "qemu" }, signal && { signal });
  beforeEach(() => (stopped = true));

  it("is reported after a while, with the way to find the keeper", async () => {
    clock.runs = true;
    await expect(start()).rejects.toMatchObject({
      code: "launch-failed",
      message: "the keeper of pool ci does not answer",
      hint: expect.stringContaining("continue its process (keeper ci)") as string,
    });
  });

  it("is not waited for after the command has been interrupted", async () => {
    const controller = new AbortController();
    const reason = new Error("interrupted");
    keeper.once("connection", () => controller.abort(reason));
    await expect(start(controller.signal)).rejects.toBe(reason);
  });
});

describe("the box that a pool is for", () => {
  it("does not take its VM from a pool, whatever a configuration for boxes of the pool says", () => {
    const given = request({ pool: { enabled: true, name: "other", minIdle: 2 } });
    const pool = { enabled: false, name: "ci", minIdle: 2 };
    expect(asSubject({ ...given, name: "web" }, "ci")).toMatchObject({
      ...{ name: undefined, spec: { pool }, config: { pool } },
    });
  });

  it("is another one with another platform or VMM", () => {
    const { config, options } = request();
    const one = definitionOf({ config, options });
    const paths = (other: object) => differences(one, { ...one, ...other }).map(({ path }) => path);
    expect(paths({ vmm: "krun" })).toEqual(["record.vmm"]);
    expect(paths({ platform: "linux/arm64" })).toEqual(["platform"]);
    expect(paths({ digest: "sha256:1" })).toEqual([]);
  });
});

it("a pool is checked as a box of `run` is before its image is looked for", async () => {
  vi.mocked(checkRequest).mockRejectedValueOnce(new Error("not on this host"));
  await expect(engine.pools.start("ci", request())).rejects.toThrow("not on this host");
  expect(imageFor).not.toHaveBeenCalled();
});

it.each([
  [{ volumes: ["/a:/b"] }, "volumes"],
  [{ portMap: ["80:80"] }, "portMap"],
  [{ network: "shop" }, "network"],
])(
  "a pool for boxes that cannot take its VMs is refused, and the error names the field: %j",
  async (config, subject) => {
    await expect(engine.pools.start("ci", request(config))).rejects.toMatchObject({
      code: "invalid-pool",
      subject,
    });
  },
);
