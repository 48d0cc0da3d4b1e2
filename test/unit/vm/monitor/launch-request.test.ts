import { once } from "node:events";
import { readFile } from "node:fs/promises";
import type { Socket } from "node:net";
import { afterEach, expect, it } from "vitest";
import type { BoxRecord } from "../../../../src/vm/box/record.js";
import { encodeLaunchRequest } from "../../../../src/vm/protocol/control/launch-request.js";
import { follow } from "../../../../src/vm/protocol/control/client.js";
import { CONTROL_VERSION } from "../../../../src/vm/protocol/control/table.js";
import { encode, encodeJson, Kind } from "../../../../src/vm/protocol/control/wire.js";
import { createFrameParser, encodeFrame, FrameType } from "../../../../src/vm/protocol/guest/frames.js";
import { PROTOCOL_VERSION } from "../../../../src/vm/protocol/guest/messages.js";
import { PROCESS } from "../record.js";
import { startMonitor, type MonitorProcess } from "./monitor-process.js";

const HELLO = encodeFrame(FrameType.HELLO, 0, Buffer.from([1, 2, 0, 0, 0, PROTOCOL_VERSION, 0]));

let monitor: MonitorProcess;
afterEach(() => monitor.close());

const nothing = () => Buffer.alloc(0);

/** Resolves when the first frames are sent to the guest, which is then assigned to the box. */
function configured(agent: Socket): Promise<FrameType[]> {
  const parse = createFrameParser();
  return new Promise((resolve) => {
    agent.on("data", (chunk: Buffer) => {
      const types = parse(chunk).map(({ type }) => type);
      if (types.length > 0) resolve(types);
    });
  });
}

const commandLine = () => readFile(`/proc/${monitor.process.pid}/cmdline`, "latin1");

it("a monitor without a launch request exits when its connection closes, whatever its guest has sent", async () => {
  for (const said of [[], [HELLO], [HELLO, HELLO]]) {
    monitor = await startMonitor({}, "ignore", nothing);
    for (const frame of said) monitor.agent.write(frame);
    const exit = once(monitor.process, "exit");
    monitor.command.end();
    expect(await exit).toEqual([0, null]);
    await monitor.close();
  }
});

it("a monitor exits if the launch request is truncated", async () => {
  for (const [begin, end] of [
    [0, 3],
    [0, 5],
    [0, -1],
  ]) {
    monitor = await startMonitor({}, "ignore", (folder, record) =>
      encodeLaunchRequest({ folder, record }).subarray(begin, end),
    );
    const exit = once(monitor.process, "exit");
    monitor.command.end();
    expect(await exit).toEqual([0, null]);
    await monitor.close();
  }
});

it("a guest that sends HELLO before the launch request is configured upon it, and nothing names the box before", async () => {
  let request: Uint8Array = nothing();
  monitor = await startMonitor({}, "ignore", (folder, record) => {
    request = encodeLaunchRequest({ folder, record });
    return nothing();
  });
  const { agent, command } = monitor;
  agent.write(HELLO);
  expect(await commandLine()).not.toContain(monitor.folder);
  const types = configured(agent);
  // In two chunks, followed by the next request.
  command.write(request.subarray(0, 7));
  await new Promise((resolve) => setImmediate(resolve));
  command.write(Buffer.concat([request.subarray(7), encodeJson({ op: "attach", stdin: false })]));
  expect(await types).toContain(FrameType.CONFIGURE);
  expect(await commandLine()).toMatch(new RegExp(`^monitor.js ${monitor.folder}\0*$`));
});

it("a guest that sends more than HELLO before the launch request violates the protocol", async () => {
  let request: Uint8Array = nothing();
  monitor = await startMonitor({}, "ignore", (folder, record) => {
    request = encodeLaunchRequest({ folder, record });
    return nothing();
  });
  const { agent, command } = monitor;
  agent.write(Buffer.concat([HELLO, encodeFrame(FrameType.CONFIGURED, 0, Buffer.alloc(0))]));
  await once(agent, "close");
  const ending = follow(command, {});
  command.write(request);
  expect(await ending).toMatchObject({
    code: "guest-protocol",
    message: "the guest violated the protocol: CONFIGURED before any request",
  });
});

it("reads a record that is too large for a launch request from the box's directory", async () => {
  const env = Array.from({ length: 40 }, (_, at) => `V${at}=${"x".repeat(60_000)}`);
  let sent = 0;
  const request = (folder: string, record: BoxRecord) => {
    const bytes = encodeLaunchRequest({ folder, record });
    sent = bytes.length;
    return bytes;
  };
  monitor = await startMonitor({ process: { ...PROCESS, env } }, "ignore", request);
  expect(sent).toBeLessThan(32_000);
  const parse = createFrameParser();
  let bytes = 0;
  const whole = new Promise<void>((resolve) => {
    monitor.agent.on("data", (chunk: Buffer) => {
      for (const { type, payload } of parse(chunk)) if (type === FrameType.START) bytes += payload.length;
      if (bytes > 40 * 60_000) resolve();
    });
  });
  monitor.agent.write(HELLO);
  await whole;
});

it.each([
  ["of a newer version", { op: "launch", version: CONTROL_VERSION + 1 }],
  ["of another kind, as an older command would send", { op: "attach", stdin: true }],
  ["without a version", { op: "launch", folder: "/" }],
  ["without a folder", { op: "launch", version: CONTROL_VERSION }],
  ["of null", null],
])("a launch request %s is refused with an error", async (_, message) => {
  monitor = await startMonitor({}, "ignore", () => encode(Kind.json, Buffer.from(JSON.stringify(message))));
  const exit = once(monitor.process, "exit");
  expect(await follow(monitor.command, {})).toMatchObject({ event: "failed", code: "newer-version" });
  expect(await exit).toEqual([0, null]);
});
