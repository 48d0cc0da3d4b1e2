import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { buildPrograms, type Programs } from "./vmm-program.js";

const REQUEST = "requested by a command";
/** A processor that this process may use. */
const [CPU = ""] =
  /^Cpus_allowed_list:\t(\d+)/m.exec(readFileSync("/proc/self/status", "utf8"))?.slice(1) ?? [];

let programs: Programs;
let folder: string;
/** Steps that the monitors of the test have reported. */
let done: string[];
const children: ChildProcess[] = [];
beforeAll(async () => {
  programs = await buildPrograms();
});
beforeEach(() => {
  folder = mkdtempSync(join(programs.folder, "slots-"));
  mkdirSync(join(folder, "run"), { mode: 0o700 });
  done = [];
});
afterEach(async () => {
  for (const child of children.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill("SIGKILL");
    await once(child, "exit");
  }
});
afterAll(() => rmSync(programs.folder, { recursive: true, force: true }));

const slots = () => join(folder, "starts.lock");

/** A start, whose monitor says that it is up, and releases its slot when it gets a line. */
function start(name: string, file = slots()) {
  const script = `echo ${name} up; read -r line <&3; exec 9>&-; echo ${name} released; read -r line <&3`;
  const monitor = ["/bin/sh", "-c", script].flatMap((word) => ["--monitor-arg", word]);
  const files = ["--lock", join(folder, `${name}.lock`), "--socket", join(folder, "run", name)];
  const words = ["launch", ...files, "--request", String(REQUEST.length), "--slots", file, ...monitor];
  const child = spawn(
    "taskset",
    ["-c", CPU, programs.helper, ...words, "--", "qemu", "--", "/bin/sh", "-c", "true"],
    { stdio: ["ignore", "pipe", "inherit", "pipe", "ignore"] },
  );
  children.push(child);
  child.stdout?.on("data", (chunk: Buffer) => done.push(...chunk.toString().trimEnd().split("\n")));
  const command = child.stdio[3] as Socket;
  command.on("error", () => undefined).write(REQUEST);
  return { child, command, name };
}

type Started = ReturnType<typeof start>;

async function awaitDone(what: string): Promise<void> {
  while (!done.includes(what)) await setTimeout(5);
}

function openFiles({ child }: Started): string[] {
  const descriptors = `/proc/${child.pid}/fd`;
  return readdirSync(descriptors).flatMap((fd) => {
    try {
      return readlinkSync(join(descriptors, fd));
    } catch {
      return [];
    }
  });
}

/** Resolves when a start has looked for a slot, or did not wait for one. */
async function awaitLook(started: Started): Promise<void> {
  while (!openFiles(started).includes(slots()) && !done.includes(`${started.name} up`)) await setTimeout(5);
}

/** Two starts on one processor, the second of which waits. */
async function startTwo(): Promise<[Started, Started]> {
  const first = start("first");
  await awaitDone("first up");
  const second = start("second");
  await awaitLook(second);
  return [first, second];
}

const connectTo = (name: string) => connect(join(folder, "run", name)).on("error", () => undefined);

describe("on one processor, a launch with slots", () => {
  it("waits until the start before has released its slot", async () => {
    const [first] = await startTwo();
    first.command.write("\n");
    await awaitDone("second up");
    expect(done).toEqual(["first up", "first released", "second up"]);
  });

  it("gets the slot of a start that was killed", async () => {
    const [first, second] = await startTwo();
    expect(done).toEqual(["first up"]);
    first.child.kill("SIGKILL");
    await awaitDone("second up");
    expect(openFiles(second)).toContain(slots());
  });

  it.each<[string, (second: Started) => unknown]>([
    ["its command sends a signal", ({ command }) => command.write('…{"op":"signal","signal":2,"version":1}')],
    ["its command kills it", ({ command }) => command.write('…{"op":"stop","signal":9,"timeoutMs":0}')],
    ["its command has ended", ({ command }) => command.destroy()],
    ["another command wants its box", ({ name }) => connectTo(name)],
  ])("waits no longer when %s", async (_when, interrupt) => {
    const [, second] = await startTwo();
    second.command.write('…{"op":"attach","stdin":true,"version":1}');
    expect(done).toEqual(["first up"]);
    interrupt(second);
    await awaitDone("second up");
  });

  it("starts at once where there can be no lock", async () => {
    const places = [folder, join(folder, "missing", "starts.lock")];
    for (const [index, file] of places.entries()) start(`box-${index}`, file);
    for (const index of places.keys()) await awaitDone(`box-${index} up`);
  });
});
