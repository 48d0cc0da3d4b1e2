import { once } from "node:events";
import { createServer, connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { BoxRecord } from "../../../../src/vm/box/record.js";
import {
  createFrameParser,
  encodeFrame,
  FrameType,
  MORE,
  type Frame,
} from "../../../../src/vm/protocol/guest/frames.js";
import { encodeWindow } from "../../../../src/vm/protocol/guest/messages.js";
import { openGuest, type Guest } from "../../../../src/vm/monitor/guest.js";
import { openLink } from "../../../../src/vm/monitor/guest-link.js";
import { GUEST, PROCESS } from "../record.js";
import { currentHome } from "../../current.js";

const record = {
  bootLimitMs: 60_000,
  config: { debugGrpc: true },
  options: { autoRemove: false },
  process: { ...PROCESS, stdin: true, tty: true, env: ["A=1"] },
  guest: GUEST,
} as unknown as BoxRecord;

const HELLO = encodeFrame(FrameType.HELLO, 0, Buffer.from([1, 2, 0, 0, 0, 1, 0]));
const CONFIGURED = encodeFrame(FrameType.CONFIGURED, 0, Buffer.alloc(0));
const STARTED = encodeFrame(FrameType.STARTED, 1, Buffer.from([7, 0, 0, 0]));
/** All frames before the workload runs. */
const RUNNING = [HELLO, CONFIGURED, STARTED];

let host: Socket;
/** The other end: the test plays the guest. */
let agent: Socket;
let guest: Guest;
let seen: string[];
let acknowledgements: (() => void)[];
let frames: Frame[];
let wake: () => void;
let note: (text: string) => void;
const stderr = vi.spyOn(process.stderr, "write").mockReturnValue(true);

beforeEach(async () => {
  const path = join(tmpdir(), `guest-link-${process.pid}-${Math.random().toString(36).slice(2)}.sock`);
  const server = createServer().listen(path);
  await once(server, "listening");
  agent = connect(path);
  [host] = (await once(server, "connection")) as [Socket];
  server.close();
  [seen, acknowledgements, frames] = [[], [], []];
  wake = () => undefined;
  note = (text: string) => {
    seen.push(text);
    wake();
  };
  const parse = createFrameParser();
  agent.on("data", (chunk: Buffer) => {
    frames.push(...parse(chunk));
    wake();
  });
  agent.once("close", () => wake());
  guest = openGuest(
    currentHome(),
    openLink(host),
    record,
    { filter: null },
    {
      onStarted: () => note("started"),
      onOutput: (stream, data, acknowledge) => {
        acknowledgements.push(() => acknowledge(data.length));
        note(`${stream} ${data.length}`);
      },
      onStdinWindow: (bytes) => note(`stdin window ${bytes}`),
      onExit: (exit) => note(`exit ${exit.code}`),
      onFailure: ({ code }) => note(`failure ${code}`),
      lastWords: () => ({ vmm: [], console: [] }),
    },
  );
});

afterEach(() => {
  agent.destroy();
  host.destroy();
});

/** Waits until a condition holds, checking after each event. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise<void>((resolve) => (wake = resolve));
}

describe("openGuest", () => {
  it("traces every frame if requested", async () => {
    stderr.mockClear();
    agent.write(HELLO);
    await until(() => frames.length === 2);
    const lines = stderr.mock.calls.map(([line]) => String(line).replace(/^\S+ trace /, ""));
    expect(lines[0]).toBe("from the guest: HELLO, channel 0, 7 bytes\n");
    expect(lines[1]).toMatch(/^to the guest: CONFIGURE, channel 0, \d+ bytes\n$/);
    expect(lines[2]).toMatch(/^to the guest: START, channel 1, \d+ bytes\n$/);
  });

  it("configures the guest and starts the workload upon HELLO", async () => {
    agent.write(HELLO);
    await until(() => frames.length === 2);
    expect(frames.map(({ type, channel }) => [type, channel])).toEqual([
      [FrameType.CONFIGURE, 0],
      [FrameType.START, 1],
    ]);
  });

  it("for an offline session starts no program, has no network, accesses files, and shuts down on request", async () => {
    host.removeAllListeners("data");
    const configured = new Promise<void>((resolve) => {
      const network = { interface: "eth0", address: "10.0.2.15/24", gateway: "10.0.2.2" };
      guest = openGuest(
        currentHome(),
        openLink(host),
        { ...record, guest: { ...GUEST, network } },
        { filter: null, offline: true },
        {
          onConfigured: resolve,
          onOutput: () => undefined,
          onExit: () => undefined,
          onFailure: ({ code }) => seen.push(code),
          lastWords: () => ({ vmm: [], console: [] }),
        },
      );
    });
    agent.write(Buffer.concat([HELLO, CONFIGURED]));
    await configured;
    guest.open(
      { role: "archive", archive: "root" },
      { onOutput: () => undefined, onExit: () => undefined, onFailure: () => undefined },
    );
    guest.shutDown();
    await until(() => frames.length === 3);
    expect(frames.map(({ type, channel }) => [type, channel])).toEqual([
      [FrameType.CONFIGURE, 0],
      [FrameType.START, 2],
      [FrameType.SHUTDOWN, 0],
    ]);
    expect(frames[0]?.payload.includes("10.0.2.15")).toBe(false);
    // There is no workload that could write output.
    agent.write(encodeFrame(FrameType.STDOUT, 1, Buffer.from("x")));
    await until(() => agent.destroyed);
    expect(seen).toEqual(["guest-protocol"]);
  });

  it("returns window space to the guest only when output is acknowledged", async () => {
    agent.write(Buffer.concat(RUNNING));
    agent.write(encodeFrame(FrameType.STDOUT, 1, Buffer.alloc(1000)));
    await until(() => seen.includes("stdout 1000"));
    expect(frames.some(({ type }) => type === FrameType.WINDOW)).toBe(false);
    acknowledgements[0]?.();
    await until(() => frames.some(({ type }) => type === FrameType.WINDOW));
    const window = frames.find(({ type }) => type === FrameType.WINDOW);
    expect([window?.payload[0], window?.payload.readUInt32LE(1)]).toEqual([1, 1000]);
  });

  it("keeps stdin that arrives before HELLO, and closes it once, whatever follows", async () => {
    guest.main.stdin(Buffer.from("x"));
    guest.main.stdin(Buffer.alloc(0));
    guest.main.stdin(Buffer.from("late"));
    guest.main.signal(15);
    agent.write(HELLO);
    await until(() => frames.some(({ type }) => type === FrameType.SIGNAL));
    expect(frames.slice(0, 2).map(({ type }) => type)).toEqual([FrameType.CONFIGURE, FrameType.START]);
    const stdin = frames
      .filter(({ type }) => type === FrameType.STDIN)
      .map(({ payload }) => payload.toString());
    expect(stdin).toEqual(["x", ""]);
  });

  it("starts the workload with the terminal size known before HELLO, and sends later sizes", async () => {
    guest.main.resize({ rows: 10, columns: 20 });
    guest.main.resize({ rows: 24, columns: 80 });
    agent.write(HELLO);
    await until(() => frames.length === 2);
    guest.main.resize({ rows: 25, columns: 81 });
    await until(() => frames.length === 3);
    const [, start, resize] = frames;
    expect(start?.payload.includes(Buffer.from([11, 4, 0, 0, 0, 24, 0, 80, 0]))).toBe(true);
    expect(start?.payload.includes("TERM=xterm")).toBe(true);
    expect([resize?.type, resize?.channel, resize?.payload.toString("hex")]).toEqual([
      FrameType.RESIZE,
      1,
      "19005100",
    ]);
  });

  it("gives another program its own terminal or none, and does not override its TERM", async () => {
    const events = { onOutput: () => undefined, onExit: () => undefined, onFailure: () => undefined };
    const program = { argv: ["sh"], env: ["TERM=vt100"], stdin: true, privileged: false };
    guest.open({ role: "exec", program: { ...program, terminal: { rows: 0, columns: 0 } } }, events);
    guest.open({ role: "exec", program: { ...program, env: [] } }, events);
    agent.write(HELLO);
    await until(() => frames.length === 4);
    const [, , on, off] = frames;
    expect(on?.payload.includes(Buffer.from([11, 4, 0, 0, 0, 0, 0, 0, 0]))).toBe(true);
    expect(on?.payload.includes("TERM=vt100") && !on.payload.includes("xterm")).toBe(true);
    expect(off?.payload.includes("TERM=")).toBe(false);
    expect(off?.payload.includes(Buffer.from([11, 4, 0, 0, 0]))).toBe(false);
  });

  it("sends nothing more for a program that has exited, as its channel may be reused", async () => {
    const late: (() => void)[] = [];
    const events = {
      onOutput: (_: string, data: Buffer, acknowledge: (bytes: number) => void) => {
        late.push(() => acknowledge(data.length));
      },
      onExit: () => note("exit of the other"),
      onFailure: () => undefined,
    };
    const program = { argv: ["sh"], env: [], stdin: true, privileged: false };
    const first = guest.open({ role: "exec", program }, events);
    agent.write(Buffer.concat(RUNNING));
    agent.write(encodeFrame(FrameType.STARTED, 2, Buffer.from([8, 0, 0, 0])));
    agent.write(encodeFrame(FrameType.STDOUT, 2, Buffer.alloc(1000)));
    agent.write(encodeFrame(FrameType.EXIT, 2, Buffer.from([0, 0, 0])));
    await until(() => seen.includes("exit of the other"));
    for (const acknowledge of late) acknowledge();
    first?.signal(9);
    first?.stdin(Buffer.from("x"));
    first?.resize({ rows: 1, columns: 1 });
    guest.open({ role: "exec", program }, events);
    await until(() => frames.filter(({ channel }) => channel === 2).length === 2);
    expect(frames.filter(({ channel }) => channel === 2).map(({ type }) => type)).toEqual([
      FrameType.START,
      FrameType.START,
    ]);
  });

  it("coalesces signals and sizes for a guest that does not read", async () => {
    agent.write(Buffer.concat(RUNNING));
    await until(() => seen.includes("started"));
    agent.pause();
    for (let i = 0; i < 100_000; i++) {
      guest.main.resize({ rows: i % 100, columns: 80 });
      guest.main.signal(28);
    }
    guest.main.resize({ rows: 24, columns: 80 });
    agent.resume();
    await until(() => frames.at(-1)?.payload.toString("hex") === "18005000");
    expect(frames.length).toBeLessThan(50_000);
  });

  it.each([
    ["sends output before HELLO", [encodeFrame(FrameType.STDOUT, 1, Buffer.alloc(1))]],
    ["sends HELLO twice", [HELLO, HELLO]],
    [
      "sends HELLO with another version",
      [encodeFrame(FrameType.HELLO, 0, Buffer.from([1, 2, 0, 0, 0, 9, 0]))],
    ],
    ["resizes a terminal", [...RUNNING, encodeFrame(FrameType.RESIZE, 1, Buffer.alloc(4))]],
    [
      "sends a frame that only the host may send",
      [...RUNNING, encodeFrame(FrameType.SHUTDOWN, 0, Buffer.alloc(0))],
    ],
    [
      "overruns its window",
      [
        ...RUNNING,
        ...Array.from({ length: 5 }, () => encodeFrame(FrameType.STDERR, 1, Buffer.alloc(65_536))),
      ],
    ],
    ["returns window space that was never used", [...RUNNING, encodeWindow(1, 0, 1)]],
    ["returns no window space", [...RUNNING, encodeWindow(1, 0, 0)]],
    [
      "sends output of a session that was never opened",
      [...RUNNING, encodeFrame(FrameType.STDOUT, 2, Buffer.alloc(1))],
    ],
    [
      "splits a message into several frames",
      [...RUNNING, encodeFrame(FrameType.EXIT, 1, Buffer.from([0]), MORE)],
    ],
    ["lies about a length", [HELLO, Buffer.from([0xff, 0xff, 0xff, 0x7f, 0x11, 0, 1, 0])]],
    ["sends a malformed EXIT", [...RUNNING, encodeFrame(FrameType.EXIT, 1, Buffer.from([9, 9]))]],
  ])("ends the box of a guest that %s", async (_, stream) => {
    for (const part of stream) agent.write(part);
    await until(() => seen.includes("failure guest-protocol"));
    await guest.closed;
  });
});
