import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { openEngine, type Engine } from "../../../../src/engine/engine.js";
import { statFields, thisProcess } from "../../../../src/host/owner.js";
import { poolFiles } from "../../../../src/vm/pool/files.js";

/** The limit on the time that a keeper takes to answer ends at once. */
vi.mock("node:timers/promises", async (original) => {
  const { setTimeout } = await original<typeof import("node:timers/promises")>();
  return { setTimeout: (ms: number) => (ms < 1000 ? setTimeout(ms) : Promise.resolve()) };
});
let keeper: ChildProcess;
const runs = () => keeper.exitCode === null && keeper.signalCode === null;
/** The keeper has the lock. */
vi.mock("../../../../src/vm/box/lock.js", async (original) => ({
  ...(await original<typeof import("../../../../src/vm/box/lock.js")>()),
  heldLocks: (_: unknown, [lock = ""]: string[]) => Promise.resolve(new Set(runs() ? [lock] : [])),
}));

let home: string;
let engine: Engine;
let server: Server;
/** Connections to the keeper, which does not read from them. */
let connections: Socket[];
const folder = () => join(home, "pools", "ci");

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "box-pools-"));
  engine = openEngine({ home, runtime: join(home, "run") });
  await mkdir(folder(), { recursive: true });
  await mkdir(join(home, "run"), { mode: 0o700 });
  keeper = spawn("sleep", ["1000"], { stdio: "ignore" });
  connections = [];
  server = createServer((socket) => connections.push(socket));
  await once(server.listen(join(home, "run", "ci.pool")), "listening");
});
afterEach(async () => {
  keeper.kill("SIGKILL");
  for (const socket of connections) socket.destroy();
  server.close();
  await rm(home, { recursive: true });
});

/** Notes the process of the keeper. */
async function note(): Promise<void> {
  const start = statFields(await readFile(`/proc/${keeper.pid}/stat`, "latin1"))[19];
  const [, , namespace] = thisProcess().split("-");
  await writeFile(poolFiles(folder()).keeper, `${keeper.pid}-${start}-${namespace}`);
}

describe("a pool whose keeper does not answer", () => {
  it("is stopped all the same: the keeper is killed, and its files are removed", async () => {
    await note();
    await engine.pools.stop("ci");
    expect(keeper.signalCode ?? (await once(keeper, "exit"))[1]).toBe("SIGKILL");
    expect(await readdir(join(home, "pools"))).toEqual([]);
  });

  it("has no status, but a list has it", async () => {
    await expect(engine.pools.status("ci")).rejects.toMatchObject({
      ...{ code: "launch-failed", message: "the keeper of pool ci does not answer" },
    });
    expect(await engine.pools.list()).toEqual([{ name: "ci", image: undefined, status: undefined }]);
  });

  it("is left alone if it is not known which process the keeper is", async () => {
    await expect(engine.pools.stop("ci")).rejects.toMatchObject({
      ...{ code: "launch-failed", message: "the keeper of pool ci does not answer" },
    });
    expect(runs()).toBe(true);
    expect(existsSync(folder())).toBe(true);
  });
});
