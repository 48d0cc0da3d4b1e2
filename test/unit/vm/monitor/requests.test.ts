import { once } from "node:events";
import type { Socket } from "node:net";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { follow } from "../../../../src/vm/protocol/control/client.js";
import { CONTROL_VERSION } from "../../../../src/vm/protocol/control/table.js";
import { encode, encodeJson, Kind, type Request } from "../../../../src/vm/protocol/control/wire.js";
import {
  createFrameParser,
  encodeFrame,
  FrameType,
  MORE,
  type Frame,
} from "../../../../src/vm/protocol/guest/frames.js";
import { PROTOCOL_VERSION } from "../../../../src/vm/protocol/guest/messages.js";
import { readRequest } from "../../../../src/vm/monitor/request.js";
import { startMonitor, type MonitorProcess } from "./monitor-process.js";

const RUNS = Number(process.env["BOX_TEST_RUNS"] ?? 100);

const terminal = { rows: 24, columns: 80 };
const program = { argv: ["x"], env: ["A=b"], stdin: true, privileged: false };
const copy = { kind: "read", path: "/a", name: "a", follow: true, keepOwners: false } as const;
const REQUESTS: Record<string, Request> = {
  attach: { op: "attach", stdin: true },
  signal: { op: "signal", signal: 15 },
  stop: { op: "stop", signal: 15, timeoutMs: 10_000 },
  resize: { op: "resize", size: terminal },
  detach: { op: "detach" },
  archive: { op: "archive", what: "root" },
  copy: { op: "copy", copy },
  stat: { op: "copy", copy: { kind: "stat", path: "/bad\udcffname", follow: true } },
  rename: { op: "copy", copy: { kind: "rename", path: "/a", to: "/b" } },
  "read-file": { op: "copy", copy: { kind: "read-file", path: "/a", offset: 7, length: 2 ** 40 } },
  "write-file": { op: "copy", copy: { kind: "write-file", path: "/a", mode: 0o4755, append: true } },
  task: { op: "task", task: { kind: "usage" } },
  networks: {
    op: "networks",
    change: {
      enter: {
        ...{ network: "blue", key: "b1", subnet: "10.89.7.0/24", gateway: "10.89.7.1", address: "10.89.7.9" },
        ...{ names: ["web"], links: [{ alias: "db", target: "0123456789ab" }] },
      },
      leave: { network: "red", key: "4ed" },
    },
  },
  names: { op: "names", names: [{ network: "blue", key: "b1", names: ["web", "0123456789ab"] }] },
  limit: { op: "task", task: { kind: "limit", resource: "pids", value: 7 } },
  exec: { op: "exec", program: { ...program, cwd: "/", user: "u", terminal } },
};

it.each(Object.entries(REQUESTS))("the request %s is accepted unchanged", (_, request) => {
  expect(readRequest(JSON.stringify(request))).toEqual(request);
});

it("a request of this version is equivalent to one without a version, as sent by older commands", () => {
  expect(readRequest(JSON.stringify({ ...REQUESTS["stop"], version: CONTROL_VERSION }))).toEqual(
    REQUESTS["stop"],
  );
});

it("unknown fields of a request are dropped", () => {
  const more = { op: "exec", program: { ...program, first: true, limits: "x" }, more: 1 };
  expect(readRequest(JSON.stringify(more))).toEqual({ op: "exec", program });
});

let monitor: MonitorProcess;
/** Frames sent to the guest. */
let frames: Frame[];

beforeEach(async () => {
  monitor = await startMonitor({});
});
afterEach(() => monitor.close());

const STATES = ["silent", "greeted", "running"] as const;
type State = (typeof STATES)[number];

/** Plays an agent whose additional programs exit when their stdin is closed or they are killed. */
async function bringTo(state: State): Promise<void> {
  const { agent } = monitor;
  const parse = createFrameParser();
  const live = new Set<number>();
  frames = [];
  const onStart = { call: (): void => undefined };
  const started = new Promise<void>((resolve) => (onStart.call = resolve));
  const handle = ({ type, channel, flags, payload }: Frame) => {
    if (type === FrameType.START && (flags & MORE) === 0) {
      onStart.call();
      if (channel > 1) live.add(channel);
      if (state === "running")
        agent.write(encodeFrame(FrameType.STARTED, channel, Buffer.from([7, 0, 0, 0])));
    }
    const ends = type === FrameType.STDIN ? payload.length === 0 : type === FrameType.SIGNAL;
    if (ends && live.delete(channel))
      agent.write(encodeFrame(FrameType.EXIT, channel, Buffer.from([0, 3, 0])));
  };
  agent.on("data", (chunk: Buffer) => {
    for (const frame of parse(chunk)) {
      frames.push(frame);
      handle(frame);
    }
  });
  if (state === "silent") return;
  const runs = new Promise<void>((resolve) => {
    follow(monitor.command, { onStarted: () => resolve() }).catch(() => undefined);
  });
  agent.write(encodeFrame(FrameType.HELLO, 0, Buffer.from([1, 2, 0, 0, 0, PROTOCOL_VERSION, 0])));
  if (state === "running") agent.write(encodeFrame(FrameType.CONFIGURED, 0, Buffer.alloc(0)));
  await (state === "running" ? runs : started);
}

/** Starts a program, as any command may at any time. @returns whether it was started */
async function isServed(): Promise<boolean> {
  const socket = await monitor.connect();
  const seen = { started: false };
  const ending = follow(socket, {
    onStarted: (what) => {
      if (what !== "program") return;
      seen.started = true;
      socket.write(encode(Kind.stdin, Buffer.alloc(0)));
    },
  });
  socket.write(encodeJson({ op: "exec", program }));
  expect(await ending).toMatchObject(seen.started ? { event: "exited", exitCode: 3 } : { code: "not-ready" });
  return seen.started;
}

const isClosed = (socket: Socket) => (socket.closed ? Promise.resolve() : once(socket, "close"));

describe("an invalid request", () => {
  it.each([
    [{ op: "resize", size: { rows: -1, columns: 99_999 } }, "rows is not a whole number from 0 to 65535"],
    [{ op: "signal", signal: "zz" }, "signal is not a whole number from 1 to 64"],
    [{ op: "signal", signal: 0 }, "signal is not a whole number from 1 to 64"],
    [{ op: "toString" }, "op is not a known operation"],
    [null, "op is not a known operation"],
  ])("such as %j is refused with a message, whatever the conversation is about", async (request, why) => {
    await bringTo("running");
    for (const first of [REQUESTS["attach"], REQUESTS["exec"], undefined]) {
      const socket = await monitor.connect();
      if (first) socket.write(encodeJson(first));
      const ending = follow(socket, {});
      socket.write(encode(Kind.json, Buffer.from(JSON.stringify(request))));
      const message = `the monitor received an invalid request: ${why}`;
      expect(await ending).toMatchObject({ event: "failed", code: "bad-request", message });
      await isClosed(socket);
    }
    expect(await isServed()).toBe(true);
  });
});

it("a request from a newer version of box is refused as such, whatever the operation", async () => {
  await bringTo("running");
  for (const op of ["exec", "hibernate"]) {
    const socket = await monitor.connect();
    const ending = follow(socket, {});
    socket.write(encode(Kind.json, Buffer.from(JSON.stringify({ op, version: CONTROL_VERSION + 1 }))));
    expect(await ending).toMatchObject({ event: "failed", code: "newer-version" });
    await isClosed(socket);
  }
  expect(await isServed()).toBe(true);
});

const junk = fc.oneof(
  fc.constantFrom(-1, 0, 1.5, 65_536, 2 ** 32, 1e300, "zz", "x\0y", "__proto__", "", null, true, [], {}),
  fc.jsonValue({ maxDepth: 2 }),
);
type Json = Record<string, unknown>;

/** Replaces or removes one of a request's values. */
function spoil(request: object, place: number, value: unknown): Json {
  const fields = Object.entries(request);
  const [name = "", old] = fields[place % fields.length] ?? [];
  const deeper = Math.floor(place / fields.length);
  if (typeof old === "object" && deeper % 4 > 0)
    return { ...request, [name]: spoil(old as object, Math.floor(deeper / 4), value) };
  return { ...request, [name]: value };
}

/** Whether a request is expected to end the box. */
function ends(state: State, { op, signal, timeoutMs }: Json): boolean {
  const asked = Number.isInteger(signal) && Number(signal) >= 1 && Number(signal) <= 64;
  if (op === "stop") return asked && Number.isFinite(timeoutMs) && Number(timeoutMs) >= 0;
  return op === "signal" && asked && state !== "running";
}

const message = (state: State) =>
  fc.oneof(
    {
      weight: 4,
      arbitrary: fc
        .tuple(fc.constantFrom(...Object.values(REQUESTS)), fc.nat(), fc.option(junk, { nil: undefined }))
        .map(([request, place, value]) => spoil(request, place, value))
        .filter((request) => !ends(state, request))
        .map((request) => encode(Kind.json, Buffer.from(JSON.stringify(request)))),
    },
    fc
      .constantFrom(...Object.values(REQUESTS))
      .filter((request) => !ends(state, { ...request }))
      .map(encodeJson),
    fc.oneof(fc.json(), fc.string()).map((text) => encode(Kind.json, Buffer.from(text))),
    fc.uint8Array({ maxLength: 100 }).map((bytes) => encode(Kind.stdin, bytes)),
    fc.uint8Array({ maxLength: 100 }).map((bytes) => Buffer.from(bytes)),
  );

it.each(STATES)(
  "whatever commands send to a box in state %s, it and its other commands are unaffected",
  async (state) => {
    await bringTo(state);
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...["attach", "archive", "copy", "task", "exec", "none"]),
        fc.array(message(state), { maxLength: 5 }),
        fc.boolean(),
        async (first, messages, abrupt) => {
          const socket = await monitor.connect();
          socket.on("error", () => undefined).resume();
          const request = REQUESTS[first];
          socket.write(Buffer.concat([...(request ? [encodeJson(request)] : []), ...messages]));
          if (abrupt) socket.destroySoon();
          else socket.end();
          expect(await isServed()).toBe(state === "running");
          socket.destroy();
        },
      ),
      { numRuns: RUNS },
    );
    expect(monitor.process.exitCode).toBeNull();
    for (const { type, payload } of frames) {
      if (type !== FrameType.SIGNAL) continue;
      expect(payload[0]).toBeGreaterThanOrEqual(1);
      expect(payload[0]).toBeLessThanOrEqual(64);
    }
  },
);
