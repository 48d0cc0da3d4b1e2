import { once } from "node:events";
import { readFile } from "node:fs/promises";
import type { Socket } from "node:net";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { follow, send, sendStdin, type Ending } from "../../src/vm/protocol/control/client.js";
import { CONTROL_VERSION } from "../../src/vm/protocol/control/table.js";
import { encodeJson } from "../../src/vm/protocol/control/wire.js";
import {
  createFrameParser,
  encodeFrame,
  FrameType,
  MORE,
  type Frame,
} from "../../src/vm/protocol/guest/frames.js";
import { encodeWindow, PROTOCOL_VERSION } from "../../src/vm/protocol/guest/messages.js";
import { PROCESS } from "../unit/vm/record.js";
import { startMonitor, type MonitorProcess } from "../unit/vm/monitor/monitor-process.js";

/** An idle monitor uses 50; the windows of these sessions add 20 at most. */
const MOST_MB = 150;
/** A monitor's limit beyond what Node itself uses (src/vm/monitor-limit.ts). */
const LIMIT_MB = 448;
const WINDOW = 262_144;

let monitor: MonitorProcess;
let ended: Promise<Ending>;
let heard: (data: Buffer) => void;

beforeEach(async () => {
  monitor = await startMonitor({ process: { ...PROCESS, stdin: true } });
  send(monitor.command, { op: "attach", stdin: false });
  ended = follow(monitor.command, { onOutput: (_, data) => heard(data) });
  ended.catch(() => undefined);
});
beforeEach(() => {
  heard = () => undefined;
});
afterEach(() => monitor.close());

const EMPTY = Buffer.alloc(0);
const HELLO = encodeFrame(FrameType.HELLO, 0, Buffer.from([1, 2, 0, 0, 0, PROTOCOL_VERSION, 0]));
const CONFIGURED = encodeFrame(FrameType.CONFIGURED, 0, EMPTY);
const started = (channel: number) => encodeFrame(FrameType.STARTED, channel, Buffer.from([7, 0, 0, 0]));

/** A little of each output stream: two frames, which the monitor cannot merge. */
const onBoth = (channel: number, bytes: number) =>
  Buffer.concat(
    [FrameType.STDOUT, FrameType.STDERR].map((type) => encodeFrame(type, channel, Buffer.alloc(bytes, "x"))),
  );

/** Repeats frames up to a total of some MB. */
function* repeat(frames: Buffer, megabytes: number): Generator<Buffer> {
  const block = Buffer.concat(Array.from({ length: Math.ceil(65_536 / frames.length) }, () => frames));
  for (let bytes = 0; bytes < megabytes * 2 ** 20; bytes += block.length) yield block;
}

/** Writes as fast as the monitor reads, until all is written or the monitor stops reading. */
async function sendAll(agent: Socket, pieces: Iterable<Buffer>): Promise<void> {
  const gone = isClosed(agent);
  for (const piece of pieces) {
    if (agent.destroyed) return;
    if (agent.write(piece)) continue;
    await Promise.race([new Promise((resolve) => agent.once("drain", resolve)), gone]);
  }
}

/** Plays a well-behaved agent until its workload runs; starts further programs on request. */
async function boot(): Promise<{ frames: Frame[]; until: (condition: () => boolean) => Promise<void> }> {
  const { agent } = monitor;
  const parse = createFrameParser();
  const frames: Frame[] = [];
  let wake = (): void => undefined;
  agent.on("data", (chunk: Buffer) => {
    for (const frame of parse(chunk)) {
      frames.push(frame);
      if (frame.type === FrameType.START && (frame.flags & MORE) === 0) agent.write(started(frame.channel));
    }
    wake();
  });
  const until = async (condition: () => boolean) => {
    while (!condition()) await new Promise<void>((resolve) => (wake = resolve));
  };
  agent.write(Buffer.concat([HELLO, CONFIGURED]));
  await until(() => frames.some(({ type }) => type === FrameType.START));
  return { frames, until };
}

/** Starts a program besides the workload, for a command that reads nothing. */
async function exec(): Promise<Socket> {
  for (;;) {
    const socket = await monitor.connect();
    socket.on("error", () => undefined);
    send(socket, { op: "exec", program: { argv: ["x"], env: [], stdin: true, privileged: false } });
    let said = "";
    while (!/"program"|"failed"/.test(said)) said += String(((await once(socket, "data")) as [Buffer])[0]);
    socket.pause();
    if (said.includes('"program"')) return socket;
    // The workload is still about to start.
    socket.destroy();
  }
}

function isClosed(socket: Socket): Promise<void> {
  return new Promise((resolve) => (socket.closed ? resolve() : socket.once("close", () => resolve())));
}

/** Returns once the monitor has read everything that the guest has sent so far. */
async function barrier(): Promise<void> {
  const passed = new Promise<void>((resolve) => (heard = () => resolve()));
  monitor.agent.write(encodeFrame(FrameType.STDOUT, 1, Buffer.from("!")));
  await passed;
}

const eventsOf = async (action: string) =>
  (await readFile(join(monitor.home, "events.jsonl"), "utf8").catch(() => ""))
    .split("\n")
    .filter((line) => line.includes(`"action":"${action}"`)).length;

describe("a guest that floods its monitor", () => {
  it.each([
    ["keeps announcing that its workload has started", started(1), "STARTED on channel 1, which is running"],
    ["returns window credit of zero bytes", encodeWindow(1, 0, 0), "WINDOW on channel 1, for 0 bytes"],
    [
      "keeps ending a stream",
      encodeFrame(FrameType.STDOUT, 1, EMPTY),
      "STDOUT on channel 1, whose stdout has ended",
    ],
    [
      "keeps confirming its configuration",
      CONFIGURED,
      "CONFIGURED of 0 bytes on channel 0 in state configured",
    ],
    ["answers for programs that nobody started", started(9), "STARTED on channel 9, which is not open"],
  ])("and %s is ended, and its start is a single event", async (_, frame, why) => {
    await boot();
    await sendAll(monitor.agent, repeat(frame, 64));
    monitor.endVmm();
    expect(await ended).toMatchObject({
      event: "failed",
      message: `the guest violated the protocol: ${why}`,
    });
    expect([await eventsOf("start"), await eventsOf("die")]).toEqual([1, 1]);
  });

  it("with programs that keep starting costs little memory, and is ended", async () => {
    await boot();
    await exec();
    await sendAll(monitor.agent, repeat(started(2), 64));
    await isClosed(monitor.agent);
    expect(await monitor.peakMb()).toBeLessThan(MOST_MB);
  });

  it(
    "with output while it reads no replies costs little memory, and is ended",
    { tags: "slow" },
    async () => {
      await boot();
      monitor.agent.pause();
      await sendAll(monitor.agent, repeat(onBoth(1, 50), 1024));
      await isClosed(monitor.agent.resume());
      expect(await monitor.peakMb()).toBeLessThan(MOST_MB);
    },
  );

  it(
    "for commands that do not read, byte by byte on alternating streams, costs no more than the windows hold",
    { tags: "slow" },
    async () => {
      await boot();
      await Promise.all(Array.from({ length: 3 }, exec));
      for (let channel = 2; channel < 5; channel++) {
        const block = Buffer.concat(Array.from({ length: 4096 }, () => onBoth(channel, 1)));
        await sendAll(
          monitor.agent,
          Array.from({ length: WINDOW / 4096 }, () => block),
        );
      }
      await barrier();
      expect(await monitor.peakMb()).toBeLessThan(MOST_MB);
    },
  );

  it("with single bytes of window credit for a command that does not read costs little memory, and the command gets all of it", async () => {
    const { frames, until } = await boot();
    const command = await exec();
    const sent = () =>
      frames.reduce((sum, { type, payload }) => sum + (type === FrameType.STDIN ? payload.length : 0), 0);
    sendStdin(command, Buffer.alloc(WINDOW));
    await until(() => sent() === WINDOW);
    const block = Buffer.concat(Array.from({ length: 4096 }, () => encodeWindow(2, 0, 1)));
    await sendAll(
      monitor.agent,
      Array.from({ length: WINDOW / 4096 }, () => block),
    );
    await barrier();
    expect(await monitor.peakMb()).toBeLessThan(MOST_MB);
    let credit = 0;
    await new Promise<void>((resolve) => {
      const onWindow = (bytes: number) => ((credit += bytes) === WINDOW ? resolve() : undefined);
      follow(command, { onWindow }).catch(() => undefined);
      command.resume();
    });
    expect(credit).toBe(WINDOW);
  });
});

describe("a command that floods its monitor", () => {
  it(
    "with sizes and signals for a guest that reads nothing costs little memory",
    { tags: "slow" },
    async () => {
      await boot();
      const command = await exec();
      monitor.agent.pause();
      const block = Buffer.concat(
        Array.from({ length: 100 }, (_, rows) => [
          encodeJson({ op: "resize", size: { rows, columns: 80 }, version: CONTROL_VERSION }),
          encodeJson({ op: "signal", signal: 28, version: CONTROL_VERSION }),
        ]).flat(),
      );
      for (let i = 0; i < 2000; i++) if (!command.write(block)) await once(command, "drain");
      await barrier();
      expect(await monitor.peakMb()).toBeLessThan(MOST_MB);
    },
  );

  it("with more stdin than its window allows is disconnected, and the box keeps running", async () => {
    await boot();
    for (const attach of [true, false]) {
      const command = attach ? await monitor.connect() : await exec();
      if (attach) send(command, { op: "attach", stdin: true });
      command.on("error", () => undefined);
      const gone = isClosed(command.resume());
      for (let bytes = 0; bytes <= 2 * WINDOW; bytes += 65_536) sendStdin(command, Buffer.alloc(65_536));
      await gone;
    }
    await barrier();
  });

  it.each([65_536, 64])(
    "with attachments that read nothing stays within the limits, %i bytes at a time",
    async (size) => {
      await boot();
      const attach = async () => {
        const socket = await monitor.connect();
        socket.on("error", () => undefined);
        send(socket, { op: "attach", stdin: false });
        return socket;
      };
      // The box's own command is one of the 128.
      for (let i = 1; i < 128; i++) await attach();
      await exec();
      for (let i = 0; i < 10; i++)
        expect(await follow(await attach(), {})).toMatchObject({ code: "too-many-commands" });
      const frames = onBoth(1, size);
      for (let sent = 0; sent < (WINDOW * 3) / 4; sent += size) monitor.agent.write(frames);
      await barrier();
      expect(await monitor.peakMb()).toBeLessThan(MOST_MB);
    },
  );

  it("with unfinished messages is disconnected, and the box keeps running", { tags: "slow" }, async () => {
    await boot();
    const head = Buffer.from([0, 0, 16, 0, 0]);
    const sockets = await Promise.all(Array.from({ length: 200 }, () => monitor.connect()));
    const failed = sockets.map((socket) => follow(socket, {}).catch(() => undefined));
    for (const socket of sockets) socket.write(Buffer.concat([head, Buffer.alloc(2 ** 20 - 1)]));
    expect(await Promise.race(failed)).toMatchObject({ code: "too-many-commands" });
    await exec();
    expect(await monitor.peakMb()).toBeLessThan(LIMIT_MB);
  });
});
