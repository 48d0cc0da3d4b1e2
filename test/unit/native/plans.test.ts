import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import {
  chmod,
  readFile,
  readdir,
  readlink,
  rm,
  stat,
  symlink,
  truncate,
  utimes,
  writeFile,
} from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Plan, PlannedStart } from "../../../src/engine/plan/format.js";
import {
  contentOf,
  deviceAt,
  emptyAt,
  fileAt,
  ipv6Is,
  ownerOf,
  recentIs,
  sizeOf,
  type Observation,
} from "../../../src/engine/plan/witnesses.js";
import { ipv6Interface } from "../../../src/net/guest-network.js";
import { openPlanHome, REQUEST, type Asked, type PlanHome } from "./plan-home.js";

/** Stands for the helper and the monitor that it becomes: prints what it gets in the box, or fails. */
const HELPER = `
const { Socket } = require("node:net");
const { closeSync, writeSync } = require("node:fs");
const [behavior, ...words] = process.argv.slice(2);
if (behavior === "warn") writeSync(4, "missing-layers\\tuser\\tnet\\nsomething else\\n");
closeSync(4);
if (behavior === "refuse") { console.error("box-vmm: first"); console.error("box-vmm: no such thing"); process.exit(125); }
if (behavior === "locked") process.exit(75);
if (behavior === "killed") process.kill(process.pid, "SIGKILL");
const socket = new Socket({ fd: 3, readable: true, writable: true });
const send = (kind, data) => {
  const head = Buffer.alloc(5);
  head.writeUInt32LE(data.length, 0);
  head.writeUInt8(kind, 4);
  socket.write(Buffer.concat([head, data]));
};
const event = (value) => send(0, Buffer.from(JSON.stringify(value)));
let data = Buffer.alloc(0);
const heard = [];
const listen = (message) => {
  heard.push(message);
  if (message.op === "launch") event({ event: "started" });
  if (behavior === "signal" && message.op === "attach") process.kill(process.ppid, "SIGUSR1");
  if (behavior === "signal" ? message.op !== "signal" : message.op !== "attach") return;
  if (behavior === "fail") return event({ event: "failed", code: "boot-timeout", message: "no \\"guest\\"", hint: "wait" });
  const { env } = process;
  send(3, Buffer.from("err\\n"));
  send(2, Buffer.from(JSON.stringify({ heard, words, cwd: process.cwd(), home: env.BOX_HOME, withheld: env.NODE_OPTIONS ?? null, plan: env.BOX_PLAN ?? null })));
  event({ event: "exited", exitCode: 7, oomKilled: false });
};
socket.on("data", (chunk) => {
  data = Buffer.concat([data, chunk]);
  while (data.length >= 5 && data.length >= 5 + data.readUInt32LE(0)) {
    const end = 5 + data.readUInt32LE(0);
    if (data[4] === 0) listen(JSON.parse(data.toString("utf8", 5, end)));
    data = data.subarray(end);
  }
}).on("end", () => process.exit(0));
`;

let plans: PlanHome;
let home: string;
let { inHome, box, asked, expectNode } = {} as PlanHome;

beforeEach(async () => {
  plans = await openPlanHome();
  ({ home, inHome, box, asked, expectNode } = plans);
  await writeFile(join(plans.folder, "helper.cjs"), HELPER);
});
afterEach(() => plans.close());

/** Writes a plan whose helper behaves like this. */
function plan(args: string[], behavior = "run", more: Partial<Plan> = {}): Promise<void> {
  return plans.plan(args, { starts: [startOf(behavior)], ...more });
}

function startOf(behavior: string, witnesses: Observation[] = []): PlannedStart {
  const words = [process.execPath, join(plans.folder, "helper.cjs"), behavior, "\u0001I", "\u0001L"];
  return { layer: inHome("layer"), request: REQUEST, words, witnesses };
}

/** Makes a file as old as can be. */
const age = (path: string) => utimes(path, 0, 0);

const ARGS = ["--rm", "-e", "A=x", "image", "sh", "-c", "1"];

describe("a plain `box run`", () => {
  it("asks Node for a plan that fits all values of variables and all arguments of the program", async () => {
    const one = await asked("--rm", "--name", "one", "-e", "A=1", "image", "sh", "-c", "1");
    const other = await asked("--rm", "-e", "A=2", "image", "sh", "x");
    expect(one).toMatchObject({ words: 3, name: "one" });
    expect(other).toEqual({ ...one, words: 2, name: undefined });
    expect(await asked("--rm", "-e", "B=2", "image", "sh", "x")).not.toMatchObject({ key: one?.key });
    expect(await asked("-v", "/a:/b", "image")).toBeUndefined();
  });

  it("asks for the same plan whatever the order of the environment, which shells change", async () => {
    const entries = Object.entries({ PATH: process.env["PATH"], HOME: home, BOX_HOME: home, BOX_HOM: "x" });
    const [one, other, different] = await Promise.all(
      [entries, entries.toReversed(), [...entries, ["BOX_Z", "1"]]].map(async (env) => {
        const client = join(plans.folder, "box");
        const { stdout } = await promisify(execFile)(client, ["run", ...ARGS], {
          env: Object.fromEntries(env) as NodeJS.ProcessEnv,
        });
        return (JSON.parse(stdout) as Asked).plan;
      }),
    );
    expect(one).toEqual(expect.any(String));
    expect(other).toBe(one);
    expect(different).not.toBe(one);
  });

  it("is started by its plan, without Node", async () => {
    await plan(ARGS);
    const { code, stdout, stderr } = await box("--rm", "-e", 'A="2"', "image", "sh", "é\n");
    expect({ code, stderr }).toEqual({ code: 7, stderr: "err\n" });
    const [id = ""] = await readdir(inHome("boxes"));
    const record = JSON.parse(await readFile(inHome("boxes", id, "box.json"), "utf8")) as { name: string };
    expect(record).toMatchObject({ id, argv: ["sh", "é\n"], env: ['A="2"'] });
    expect(record.name).toMatch(/^calm_heron_[0-9a-f]{4}$/);
    expect(await readlink(inHome("names", record.name))).toBe(id);
    expect(await readFile(inHome("events.jsonl"), "utf8")).toBe(`{"id":"${id}"}\n`);
    expect(await readdir(inHome("holds"))).toEqual([]);
    const layer = await stat(inHome("boxes", id, "upper.ext4"));
    expect(layer).toMatchObject({ size: 1 << 20, mode: 0o100600 });
    expect(layer.blocks * 512).toBeLessThan(1 << 16);
    const launch = { op: "launch", folder: id.slice(0, 12), record };
    const length = 5 + Buffer.byteLength(JSON.stringify(launch));
    expect(JSON.parse(stdout)).toEqual({
      heard: [launch, { op: "attach", stdin: false, version: 1 }],
      words: [id, String(length)],
      ...{ cwd: "/", home, withheld: null, plan: null },
    });
  });

  it("gets the name that was asked for", async () => {
    await plan(ARGS);
    await box("--name", "web", ...ARGS);
    expect(await readdir(inHome("names"))).toEqual(["web"]);
  });

  it("passes on signals", async () => {
    await plan(ARGS, "signal");
    const { stdout } = await box(...ARGS);
    expect(stdout).toContain('{"op":"signal","signal":10,"version":1}');
  });

  it("prints its ID and leaves it running with -d", async () => {
    await plan(["-d", ...ARGS]);
    const { code, stdout } = await box("-d", ...ARGS);
    const [id = ""] = await readdir(inHome("boxes"));
    expect({ code, stdout }).toEqual({ code: 0, stdout: `${id}\n` });
  });

  it.each([
    ["fail", { code: "boot-timeout", message: 'no "guest"', hint: "wait" }],
    ["refuse", { code: "launch-failed", message: "box web cannot be launched: box-vmm: no such thing" }],
    ["locked", { code: "box-running", message: "box web was started by another command at the same time" }],
    ["killed", { code: "monitor-died", message: "the box's monitor was killed, and the box with it" }],
  ])("leaves it to Node to report a failure (%s)", async (behavior, failure) => {
    await plan(ARGS, behavior);
    const { words } = JSON.parse((await box("--name", "web", ...ARGS)).stdout) as Asked;
    expect(words[0]).toBe("__failed");
    expect(JSON.parse(words[1] ?? "")).toEqual(failure);
  });

  it("warns of missing layers of the jail once, and of anything else each time", async () => {
    await plan(ARGS, "warn");
    const first = await box(...ARGS);
    const second = await box(...ARGS);
    expect(first.stderr).toContain("warning: some layers of the VM jail are unavailable on this host; ");
    expect(first.stderr).toContain("warning: something else\n");
    expect(second.stderr.split("\n").sort()).toEqual(["", "err", "warning: something else"]);
    const boot = (await readFile("/proc/sys/kernel/random/boot_id", "utf8")).trim();
    expect(await readFile(inHome("shown-jail"), "utf8")).toBe(`${boot} user,net\n`);
  });
});

describe("a plan", () => {
  it("holds as long as all that it depends on is as it was", async () => {
    const file = inHome("layer");
    await plan(ARGS, "run", {
      witnesses: [
        ...(await Promise.all([fileAt(file), ownerOf(home), contentOf(inHome("image.json"))])),
        ...(await Promise.all([fileAt(inHome("missing")), deviceAt("/dev/null"), deviceAt(inHome("no"))])),
        ...[sizeOf(file, 1 << 20), ipv6Is(ipv6Interface() !== undefined), recentIs(true, file, 60_000)],
      ],
    });
    expect(await box(...ARGS)).toMatchObject({ code: 7 });
  });

  it.each([
    ["a file", () => fileAt(inHome("layer")), () => writeFile(inHome("layer"), "other")],
    ["a content", () => contentOf(inHome("image.json")), () => writeFile(inHome("image.json"), "{ }")],
    [
      "a longer content",
      () => contentOf(inHome("image.json")),
      () => writeFile(inHome("image.json"), "{}\n"),
    ],
    ["a missing content", () => contentOf(inHome("image.json")), () => rm(inHome("image.json"))],
    ["a size", () => sizeOf(inHome("layer"), 1 << 20), () => truncate(inHome("layer"), 1 << 19)],
    ["a new file", () => fileAt(inHome("settings")), () => writeFile(inHome("settings"), "")],
    ["a mode", () => ownerOf(home), () => chmod(home, 0o750)],
    ["a device", () => deviceAt(inHome("kvm")), () => writeFile(inHome("kvm"), "")],
    ["IPv6", () => ipv6Is(ipv6Interface() === undefined), () => undefined],
    [
      "a file that is no longer recent",
      () => recentIs(true, inHome("layer"), 1000),
      () => age(inHome("layer")),
    ],
    ["a recent file", () => recentIs(false, inHome("new"), 60_000), () => writeFile(inHome("new"), "")],
  ])("is not used after a change: %s", async (_, look, change) => {
    await plan(ARGS, "run", { witnesses: [await look()] });
    await change();
    await expectNode(...ARGS);
  });

  it.each([
    ["images are being removed", () => symlink("1-1-1", inHome("locks", "removal"))],
    ["there is no layer", () => rm(inHome("layer"))],
    ["there is no directory for sockets", () => rm(inHome("run"), { recursive: true })],
    ["others can write to that directory", () => chmod(inHome("run"), 0o777)],
    ["others can read the plans", () => chmod(inHome("plans"), 0o755)],
    ["the name is taken", () => symlink("another", inHome("names", "web"))],
  ])("is not used if %s", async (_, change) => {
    await plan(ARGS);
    await change();
    await expectNode("--name", "web", ...ARGS);
    expect(existsSync(inHome("events.jsonl"))).toBe(false);
  });

  it("starts the VM in the first way that is possible", async () => {
    const template = inHome("template");
    const day = 24 * 3600 * 1000;
    const thaw = startOf("fail", [recentIs(true, template, day)]);
    const boot = startOf("run", [recentIs(false, template, day), emptyAt(`${template}.log`)]);
    await plan(ARGS, "", { starts: [thaw, boot] });
    expect(await box(...ARGS)).toMatchObject({ code: 7 });
    await writeFile(template, "");
    expect((await box(...ARGS)).stdout).toContain("__failed");
    await age(template);
    expect(await box(...ARGS)).toMatchObject({ code: 7 });
    await writeFile(`${template}.log`, "");
    expect(await box(...ARGS)).toMatchObject({ code: 7 });
    await writeFile(`${template}.log`, "box-vmm: failed");
    const { stdout } = await box(...ARGS);
    expect(JSON.parse(stdout)).toMatchObject({ words: ["run", ...ARGS] });
  });

  it("is not used if it is damaged, or for another command line", async () => {
    await plan(ARGS);
    const [name = ""] = await readdir(inHome("plans"));
    const whole = await readFile(inHome("plans", name));
    for (const at of [0, 12, 40, whole.length >> 1, whole.length - 2]) {
      const bytes = Buffer.from(whole);
      bytes[at] = (bytes[at] ?? 0) ^ 1;
      await writeFile(inHome("plans", name), bytes);
      await expectNode(...ARGS);
    }
    await writeFile(inHome("plans", name), whole.subarray(0, -1));
    await expectNode(...ARGS);
    const { digest = "" } = (await asked("--rm", "image")) ?? {};
    await writeFile(inHome("plans", digest), whole, { mode: 0o600 });
    await expectNode("--rm", "image");
  });
});
