import { once } from "node:events";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { CheckedRequest } from "../../../../src/engine/boxes/check.js";
import type { Context } from "../../../../src/engine/context.js";
import { claimVm } from "../../../../src/engine/pools/claim.js";
import type { Image } from "../../../../src/oci/image.js";
import { encode, Kind } from "../../../../src/vm/protocol/control/wire.js";

vi.mock("../../../../src/vm/pool/shape.js", () => ({ shapeOf: () => Promise.resolve({}) }));
vi.mock("../../../../src/vm/interpreter/runtime-files.js", () => ({
  withInterpreter: () => Promise.resolve({}),
}));

const ID = "ab".repeat(32);
const request = { spec: { pool: { name: "ci" } } } as CheckedRequest;

let home: string;
let context: Context;
const servers: Server[] = [];
/** The ends of connections to the keeper and to the VM's monitor. */
const ended: Promise<unknown>[] = [];

/** Listens as a keeper or a monitor does, and gives one answer. */
async function listen(name: string, answer: object): Promise<void> {
  const server = createServer((socket: Socket) => {
    ended.push(
      once(
        socket.on("error", () => undefined),
        "close",
      ),
    );
    socket.once("data", () => socket.write(encode(Kind.json, Buffer.from(JSON.stringify(answer)))));
  });
  servers.push(server);
  await once(server.listen(join(home, "run", name)), "listening");
}

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "box-claim-"));
  const env = { BOX_RUNTIME: join(home, "run") };
  context = { home: { folder: home, env }, warn: () => undefined } as unknown as Context;
  await mkdir(join(home, "run"), { mode: 0o700 });
  await mkdir(join(home, "pools", "ci", ID), { recursive: true });
  await listen("ci.pool", { event: "taken", id: ID });
  await listen(`${ID.slice(0, 12)}.sock`, { event: "claimed" });
});
afterEach(async () => {
  for (const server of servers.splice(0)) server.close();
  ended.length = 0;
  await rm(home, { recursive: true });
});

// An open connection would keep the command running, and the pool would count the VM as claimed.
describe("connections to a pool end with a box that cannot be made", () => {
  it("before it has a VM, such as on a full disk", async () => {
    await writeFile(join(home, "boxes"), "no directory can be made here");
    await expect(claimVm(context, request, {} as Image)).rejects.toMatchObject({ code: "EEXIST" });
    expect(ended).toHaveLength(1);
    await Promise.all(ended);
  });

  it("when it has a VM", async () => {
    const vm = await claimVm(context, request, {} as Image);
    expect(vm?.id).toBe(ID);
    vm?.abandon();
    expect(ended).toHaveLength(2);
    await Promise.all(ended);
  });
});
