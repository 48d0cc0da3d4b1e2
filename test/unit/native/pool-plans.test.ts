import { once } from "node:events";
import { mkdir, readdir, readFile, readlink, symlink, writeFile } from "node:fs/promises";
import { createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { encode, Kind } from "../../../src/vm/protocol/control/wire.js";
import { readMessage } from "../../../src/vm/protocol/control/read-message.js";
import { openPlanHome, REQUEST, type PlanHome } from "./plan-home.js";

const ID = "ab".repeat(32);
const ARGS = ["--rm", "--pool=ci", "image", "sh"];
const ASK = { op: "take", shape: { memory: "256" }, tentative: true };

/** Answers one message after another, each with one of these. */
type Script = (Buffer | object | undefined)[];

let plans: PlanHome;
let servers: Server[];
/** Messages that keeper and monitor have received. */
let heard: unknown[];

beforeEach(async () => {
  [plans, servers, heard] = [await openPlanHome(), [], []];
  await mkdir(plans.inHome("pools", "ci", ID), { recursive: true, mode: 0o700 });
  for (const name of ["lock", "upper.ext4", "monitor.log"])
    await writeFile(plans.inHome("pools", "ci", ID, name), "");
});
afterEach(async () => {
  for (const server of servers) server.close();
  await plans.close();
});

const message = (value: object) => encode(Kind.json, Buffer.from(JSON.stringify(value)));

/** Listens as a keeper or a monitor does; closes a conversation at the end of the script. */
async function listen(name: string, script: Script): Promise<void> {
  const converse = async (socket: Socket) => {
    socket.on("error", () => undefined);
    for (const answer of script) {
      const told = await readMessage(socket).catch(() => undefined);
      if (told === undefined) break;
      heard.push(told);
      if (answer) socket.write(Buffer.isBuffer(answer) ? answer : message(answer));
    }
    socket.end();
  };
  const server = createServer((socket) => void converse(socket));
  servers.push(server);
  await once(server.listen(plans.inHome("run", name)), "listening");
}

const listenAsKeeper = (...script: Script) => listen("ci.pool", script);
const listenAsMonitor = (...script: Script) => listen(`${ID.slice(0, 12)}.sock`, script);

const TAKEN = { event: "taken", id: ID };
const CLAIMED = { event: "claimed" };
const EXITED = { event: "exited", exitCode: 7, oomKilled: false };

const planInPool = () =>
  plans.plan(ARGS, {
    starts: [{ layer: "/none", request: REQUEST, words: [], witnesses: [] }],
    pool: "ci",
    ask: JSON.stringify(ASK),
    record: '{"id":"\u0001I","by":"\u0001P"}',
  });

describe("a plan for a box in a VM of a pool", () => {
  beforeEach(planInPool);

  it("takes the VM, whose directory and ID become the box's, and tells the keeper", async () => {
    await listenAsKeeper(TAKEN, undefined);
    await listenAsMonitor(CLAIMED, undefined, EXITED);
    const { code, stdout, stderr } = await plans.box("--rm", "--pool=ci", "--name", "web", "image", "sh");
    expect({ code, stdout, stderr }).toEqual({ code: 7, stdout: "", stderr: "" });
    const record = JSON.parse(await readFile(plans.inHome("boxes", ID, "box.json"), "utf8")) as object;
    expect(record).toMatchObject({ id: ID });
    expect((await readdir(plans.inHome("boxes", ID))).sort()).toEqual([
      ...["box.json", "lock", "monitor.log", "upper.ext4"],
    ]);
    expect(await readlink(plans.inHome("names", "web"))).toBe(ID);
    expect(await readdir(plans.inHome("pools", "ci"))).toEqual([]);
    expect(await readFile(plans.inHome("events.jsonl"), "utf8")).toBe(`{"id":"${ID}"}\n`);
    const acquired = { op: "acquired", ms: expect.any(Number) as number };
    const launch = { op: "launch", folder: ID.slice(0, 12), record };
    const attach = { op: "attach", stdin: false, version: 1 };
    expect(heard.slice(0, 2)).toEqual([ASK, { op: "claim", version: 1 }]);
    expect(heard.slice(2)).toEqual(expect.arrayContaining([acquired, launch, attach]));
  });

  it("attaches in the same write as it hands the box over, so a fast program loses no output", async () => {
    await listenAsKeeper(TAKEN, undefined);
    const chunks: string[] = [];
    const server = createServer((socket) => {
      socket.on("error", () => undefined);
      socket.on("data", (data) => {
        chunks.push(data.toString("latin1"));
        socket.write(message(chunks.length === 1 ? CLAIMED : EXITED));
      });
    });
    servers.push(server);
    await once(server.listen(plans.inHome("run", `${ID.slice(0, 12)}.sock`)), "listening");
    expect(await plans.box(...ARGS)).toMatchObject({ code: 7, stderr: "" });
    expect(chunks[1]).toMatch(/"op":"launch".*"op":"attach"/s);
  });

  it.each<[string, Script, Script]>([
    ["has no VM", [{ event: "missed", reason: "no VM is idle" }], []],
    ["does not answer", [], []],
    ["gives another VM", [{ event: "taken", id: "cd".repeat(32) }], []],
    ["gives a path", [{ event: "taken", id: `../../${ID}` }], []],
    ["sends noise", [Buffer.from("GET / HTTP/1.1\r\n\r\n")], []],
    ["sends a large message", [encode(Kind.json, Buffer.alloc(1 << 20, " "))], []],
    ["gives a VM that has failed", [TAKEN], [{ event: "failed", code: "pool-vm-failed", message: "dead" }]],
    ["gives a VM that is ending", [TAKEN], []],
  ])("leaves the box to Node if the keeper %s", async (_, keeper, monitor) => {
    await listenAsKeeper(...keeper);
    await listenAsMonitor(...monitor);
    await plans.expectNode(...ARGS);
    expect(heard).not.toContainEqual(expect.objectContaining({ op: "launch" }));
  });

  it("leaves the box to Node, and the VM to others, if there is no keeper or the name is taken", async () => {
    await plans.expectNode(...ARGS);
    await listenAsKeeper(TAKEN);
    await symlink("another", plans.inHome("names", "web"));
    await plans.expectNode("--name", "web", ...ARGS);
    expect([await readdir(join(plans.inHome("pools"), "ci")), heard]).toEqual([[ID], []]);
  });
});
