import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { BoxOptions } from "../../../../src/config/box-options.js";
import { boxFiles } from "../../../../src/vm/box/files.js";
import { openLog } from "../../../../src/vm/box/log.js";
import { connectToMonitor, follow, send, type Ending } from "../../../../src/vm/control/client.js";
import { createFrameParser, encodeFrame, FrameType, MORE } from "../../../../src/vm/guest/frames.js";
import { decodeWindow, PROTOCOL_VERSION } from "../../../../src/vm/guest/messages.js";
import { boxRecord } from "../record.js";

const MONITOR = join(import.meta.dirname, "../../../../dist/monitor.js");
const MB = 2 ** 20;
const FLOOD_MB = 256;
const WINDOW = 262_144;
const FRAME = Buffer.alloc(65_536, "x");

let folder: string;
let monitor: ChildProcess;
let vmm: ChildProcess;

/** A monitor as `box-vmm launch` starts it, with a guest of ours. */
beforeEach(async () => {
  const home = await mkdtemp(join(tmpdir(), "box-flood-"));
  folder = join(home, "boxes", "one");
  await mkdir(folder, { recursive: true });
  const options = BoxOptions.parse({ logOpt: [["max-size", "1m"]] });
  await writeFile(
    boxFiles(folder).record,
    JSON.stringify(boxRecord("one", { options, bootLimitMs: 60_000 })),
  );
  const server = createServer().listen(join(home, "socket"));
  await once(server, "listening");
  vmm = spawn("sleep", ["1000"], { stdio: ["ignore", "ignore", "ignore", "pipe"] });
  // The monitor gets the socket, and it alone: closing the server here would remove the name that it was made with.
  const { fd } = (server as unknown as { _handle: { fd: number } })._handle;
  monitor = spawn(process.execPath, [MONITOR, folder], {
    env: { ...process.env, BOX_HOME: home, BOX_VMM_PID: String(vmm.pid) },
    stdio: ["ignore", "ignore", "ignore", "pipe", fd, "pipe", "pipe", "pipe"],
  });
  await rename(join(home, "socket"), join(home, "control"));
  server.close();
});

afterEach(async () => {
  for (const child of [monitor, vmm]) child.kill("SIGKILL");
  await rm(join(folder, "../.."), { recursive: true, force: true });
});

/** The other ends of the monitor's descriptors (src/vm/monitor/descriptors.ts). */
function ends(): { command: Socket; agent: Socket; console: Socket; lock: Socket } {
  const [, , , command, , agent, console, lock] = monitor.stdio as unknown as Socket[];
  if (!command || !agent || !console || !lock) throw new Error("four pipes were asked for");
  return { command, agent, console, lock };
}

/** Ends the workload; the VMM's end is that of the console. */
function endGuest(): void {
  const { agent, console } = ends();
  vmm.once("exit", () => console.destroy());
  agent.write(encodeFrame(FrameType.EXIT, 1, Buffer.from([0, 0, 0])));
}

/** Plays the agent: floods the workload's stdout as far as its window goes; other programs end at once. */
function flood(agent: Socket, bytes: number): Promise<void> {
  const parse = createFrameParser();
  let [room, left] = [WINDOW, bytes];
  const empty = Buffer.alloc(0);
  agent.on("error", () => undefined);
  return new Promise((resolve) => {
    const write = () => {
      while (room >= FRAME.length && left > 0) {
        agent.write(encodeFrame(FrameType.STDOUT, 1, FRAME));
        room -= FRAME.length;
        left -= FRAME.length;
      }
      if (left <= 0 && room === WINDOW) resolve();
    };
    agent.on("data", (chunk: Buffer) => {
      for (const { type, channel, flags, payload } of parse(chunk)) {
        if ((flags & MORE) !== 0) continue;
        if (type === FrameType.CONFIGURE) agent.write(encodeFrame(FrameType.CONFIGURED, 0, empty));
        if (type === FrameType.START) {
          agent.write(encodeFrame(FrameType.STARTED, channel, Buffer.from([7, 0, 0, 0])));
          if (channel !== 1) agent.write(encodeFrame(FrameType.EXIT, channel, Buffer.from([0, 3, 0])));
        }
        if (type === FrameType.WINDOW && channel === 1) room += decodeWindow(payload).bytes;
        if (type === FrameType.START || type === FrameType.WINDOW) write();
      }
    });
    agent.write(encodeFrame(FrameType.HELLO, 0, Buffer.from([1, 2, 0, 0, 0, PROTOCOL_VERSION, 0])));
  });
}

async function exec(): Promise<Ending> {
  const socket = await connectToMonitor(join(folder, "../../control"));
  if (!socket) throw new Error("the monitor does not listen");
  send(socket, { op: "exec", program: { argv: ["true"], env: [], stdin: false, privileged: false } });
  const ending = await follow(socket, {});
  // The workload is about to start.
  return ending.event === "failed" && ending.code === "not-ready" ? exec() : ending;
}

async function peakMb(): Promise<number> {
  const status = await readFile(`/proc/${monitor.pid}/status`, "utf8");
  return Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1]) / 1024;
}

it("a box that floods its output costs bounded memory, and other programs start beside it", async () => {
  const { agent, command } = ends();
  const flooding = flood(agent, FLOOD_MB * MB);
  const progress = { flooded: false };
  void flooding.then(() => (progress.flooded = true));
  const ended = follow(command, {});
  let beside = 0;
  while (!progress.flooded) {
    expect(await exec()).toMatchObject({ event: "exited", exitCode: 3 });
    beside++;
  }
  expect(beside).toBeGreaterThan(5);
  expect(await peakMb()).toBeLessThan(150);

  endGuest();
  expect(await ended).toMatchObject({ event: "exited", exitCode: 0 });
  const log = await openLog(boxFiles(folder).log, () => undefined);
  let [kept, other] = [0, 0];
  await log.scan(({ data }) => {
    kept += data.length;
    if (!data.equals(FRAME)) other++;
    return undefined;
  });
  await log.close();
  expect([kept > 0, kept <= MB, other]).toEqual([true, true, 0]);
});

it("a command that reads slowly holds the box back and loses nothing", async () => {
  const { agent, command } = ends();
  send(command, { op: "attach", stdin: false });
  command.pause();
  const flooding = flood(agent, 20 * MB);
  const progress = { flooded: false };
  void flooding.then(() => (progress.flooded = true));
  // Others are served all the same.
  for (let i = 0; i < 20; i++) expect(await exec()).toMatchObject({ exitCode: 3 });
  expect(progress.flooded).toBe(false);
  let got = 0;
  void flooding.then(endGuest);
  const following = follow(command, { onOutput: (_, data) => (got += data.length) });
  command.resume();
  const ending = await following;
  expect([ending.event, got]).toEqual(["exited", 20 * MB]);
});

it("a command that has stopped reading keeps nobody from starting the box again, and may read on later", async () => {
  const { agent, command, lock } = ends();
  send(command, { op: "attach", stdin: false });
  command.pause();
  void flood(agent, 20 * MB);
  await exec();
  const unlocked = once(lock.resume(), "close");
  endGuest();
  await unlocked;
  let got = 0;
  const following = follow(command, { onOutput: (_, data) => (got += data.length) });
  command.resume();
  expect((await following).event).toBe("exited");
  expect(got).toBeGreaterThanOrEqual(WINDOW);
});
