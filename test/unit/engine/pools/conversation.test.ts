import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { connect, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { converse } from "../../../../src/engine/pools/conversation.js";
import { readMessage } from "../../../../src/vm/protocol/control/read-message.js";
import { WIRE_MOST } from "../../../../src/vm/protocol/control/table.js";
import { encode, Kind } from "../../../../src/vm/protocol/control/wire.js";

let folder: string;
let server: Server;
let command: Socket;
/** Ends with the keeper's side of the conversation. */
let conversation: Promise<void>;
let released: string[];
let acquired: number[];
let stops: number;
/** Resolves when the VMs of the pool are idle. */
let filled: Promise<void>;
let onFilled: () => void;

const counter = {
  take: (_: unknown, tentative = false) =>
    tentative
      ? { event: "missed" as const, reason: "no VM is idle" }
      : { event: "taken" as const, id: `vm${released.length}` },
  acquired: (ms: number) => {
    acquired.push(ms);
    return { event: "noted" as const };
  },
  status: () => Promise.reject(new Error("unused")),
};

beforeEach(async () => {
  [released, acquired, stops] = [[], [], 0];
  filled = new Promise((resolve) => (onFilled = resolve));
  folder = mkdtempSync(join(tmpdir(), "box-keeper-"));
  server = createServer((socket) => {
    socket.on("error", () => undefined);
    const counts = { booting: 0, idle: 2, taken: 0, claimed: 0, minIdle: 2 };
    const stock = { release: (id: string) => void released.push(id), filled, counts: () => counts };
    const stop = () => {
      stops++;
      return Promise.resolve();
    };
    conversation = converse(socket, counter, stock, stop);
  });
  await once(server.listen(join(folder, "pool")), "listening");
  const accepted = once(server, "connection");
  command = connect(join(folder, "pool")).on("error", () => undefined);
  await accepted;
});
afterEach(() => {
  command.destroy();
  server.close();
  rmSync(folder, { recursive: true });
});

const message = (value: unknown) => encode(Kind.json, Buffer.from(JSON.stringify(value)));
const ask = (value: unknown) => {
  command.write(message(value));
  return readMessage(command);
};
const TAKE = { op: "take", shape: { memory: "256" } };

describe("a conversation with the keeper of a pool", () => {
  it("gives a VM that ends with it, unless it has become a box", async () => {
    expect(await ask(TAKE)).toEqual({ event: "taken", id: "vm0" });
    command.destroy();
    await conversation;
    expect(released).toEqual(["vm0"]);
  });

  it("keeps the VM of a command that has acquired it", async () => {
    await ask(TAKE);
    expect(await ask({ op: "acquired", ms: 51 })).toEqual({ event: "noted" });
    command.destroy();
    await conversation;
    expect([released, acquired]).toEqual([[], [51]]);
  });

  it("says that it has none, and goes on", async () => {
    expect(await ask({ ...TAKE, tentative: true })).toEqual({ event: "missed", reason: "no VM is idle" });
    expect(await ask(TAKE)).toEqual({ event: "taken", id: "vm0" });
  });

  it("says when the pool is ready", async () => {
    const waiting = ask({ op: "await" });
    onFilled();
    expect(await waiting).toEqual({ event: "ready", idle: 2 });
  });

  it("ends once the pool has been stopped", async () => {
    expect(await ask({ op: "stop" })).toEqual({ event: "stopped" });
    await conversation;
    expect(stops).toBe(1);
  });

  const long = Buffer.alloc(5);
  long.writeUInt32LE(WIRE_MOST + 1);
  long[4] = Kind.json;
  it.each([
    ["a request of another version", message({ op: "lend" })],
    ["a request without an operation", message({})],
    ["no object", message(null)],
    ["a list", message([TAKE])],
    ["no JSON", encode(Kind.json, Buffer.from("{"))],
    ["another kind of message", encode(Kind.stdin, Buffer.from("x"))],
    ["a message that is too long", long],
    ["half a message", message(TAKE).subarray(0, -1)],
    ["noise", Buffer.alloc(4096, 0xff)],
  ])("ends at %s, and takes back the VM that it has given", async (_, bytes) => {
    await ask(TAKE);
    command.end(bytes);
    await conversation;
    expect([released, acquired, stops]).toEqual([["vm0"], [], 0]);
  });
});
