import { once } from "node:events";
import { existsSync } from "node:fs";
import type { Socket } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { userNetwork } from "../../../../src/net/guest-network.js";
import { CLAIM, encodeIdleRequest } from "../../../../src/vm/protocol/control/claim.js";
import { encodeLaunchRequest } from "../../../../src/vm/protocol/control/launch-request.js";
import { readMessage } from "../../../../src/vm/protocol/control/read-message.js";
import { encode, Kind } from "../../../../src/vm/protocol/control/wire.js";
import {
  createFrameParser,
  encodeFrame,
  FrameType,
  type Frame,
} from "../../../../src/vm/protocol/guest/frames.js";
import { PROTOCOL_VERSION } from "../../../../src/vm/protocol/guest/messages.js";
import { boxRecord } from "../record.js";
import { startMonitor, type MonitorProcess } from "./monitor-process.js";

const HELLO = encodeFrame(FrameType.HELLO, 0, Buffer.from([1, 2, 0, 0, 0, PROTOCOL_VERSION, 0]));
const PONG = encodeFrame(FrameType.PONG, 0, Buffer.alloc(0));

let monitor: MonitorProcess;
/** Types of the frames that the guest has received, without the rehearsals. */
let received: FrameType[];
let rehearsals: Frame[];
let onFrame: () => void;

beforeEach(async () => {
  monitor = await startMonitor(
    {},
    "ignore",
    () => encodeIdleRequest({ booted: "for a test" }, userNetwork()),
    (folder) => ["idle", folder.padEnd(200)],
  );
  received = [];
  rehearsals = [];
  onFrame = () => undefined;
  const parse = createFrameParser();
  monitor.agent.on("data", (chunk: Buffer) => {
    for (const frame of parse(chunk)) {
      if (frame.type === FrameType.REHEARSE && received.length === 0) rehearsals.push(frame);
      else received.push(frame.type);
    }
    onFrame();
  });
});
afterEach(() => monitor.close());

async function untilReceived(...types: FrameType[]): Promise<void> {
  while (!types.every((type, at) => received[at] === type))
    await new Promise<void>((resolve) => (onFrame = resolve));
}

/** Plays an agent that has booted. */
async function becomeIdle(): Promise<void> {
  monitor.agent.write(HELLO);
  await untilReceived(FrameType.PING);
  monitor.agent.write(PONG);
  expect(await readMessage(monitor.command)).toMatchObject({ event: "idle", pid: monitor.process.pid });
}

/** Claims the VM, and plays an agent that answers. */
async function claim(): Promise<Socket> {
  const command = await monitor.connect();
  command.write(CLAIM);
  await untilReceived(FrameType.PING, FrameType.PING);
  monitor.agent.write(PONG);
  expect(await readMessage(command)).toEqual({ event: "claimed" });
  return command;
}

const launchRequest = () => {
  const { folder } = monitor;
  return encodeLaunchRequest({ folder, record: boxRecord("one", { bootLimitMs: 60_000 }) });
};

describe("the monitor of an idle VM", () => {
  it("lets the agent rehearse the start of a box before the VM counts as idle", async () => {
    await becomeIdle();
    expect(rehearsals).not.toHaveLength(0);
    for (const { payload } of rehearsals) {
      const types = createFrameParser()(payload).map(({ type }) => type);
      expect(types).toEqual([FrameType.CONFIGURE, FrameType.START]);
    }
  });

  it("runs the box of the command that has claimed it, whatever happens to the keeper", async () => {
    await becomeIdle();
    const command = await claim();
    expect(await readMessage(monitor.command)).toEqual({ event: "claimed" });
    monitor.command.destroy();
    command.write(launchRequest());
    await untilReceived(FrameType.PING, FrameType.PING, FrameType.CONFIGURE, FrameType.START);
  });

  it("ends with the keeper, and leaves nothing behind", async () => {
    await becomeIdle();
    const exit = once(monitor.process, "exit");
    monitor.command.end();
    expect(await exit).toEqual([0, null]);
    expect(existsSync(monitor.folder)).toBe(false);
  });

  it("ends with the command that has claimed it, unless that has launched a box", async () => {
    await becomeIdle();
    const command = await claim();
    const exit = once(monitor.process, "exit");
    command.end(launchRequest().subarray(0, -1));
    expect(await exit).toEqual([0, null]);
  });

  it("can be claimed once only", async () => {
    await becomeIdle();
    const command = await claim();
    const second = await monitor.connect();
    second.write(CLAIM);
    command.write(launchRequest());
    expect(await readMessage(second)).toMatchObject({ event: "failed", code: "bad-request" });
    expect(received.filter((type) => type === FrameType.PING)).toHaveLength(2);
  });

  it.each([
    ["anything else", encode(Kind.json, Buffer.from('{"op":"stop","signal":9,"timeoutMs":0}'))],
    ["a launch request", undefined],
    ["a newer claim", encode(Kind.json, Buffer.from('{"op":"claim","version":99}'))],
    ["noise", Buffer.from("GET / HTTP/1.1\r\n\r\n")],
  ])("closes the connection of a command that sends %s, and stays idle", async (_, message) => {
    await becomeIdle();
    const stranger = await monitor.connect();
    stranger.write(message ?? launchRequest());
    await once(stranger.resume(), "close");
    await claim();
  });

  it("tells the keeper why the VM has failed", async () => {
    monitor.endVmm();
    monitor.agent.destroy();
    expect(await readMessage(monitor.command)).toMatchObject({ event: "failed" });
    await once(monitor.process, "exit");
  });

  it("refuses a guest that answers what it was not asked", async () => {
    const exit = once(monitor.process, "exit");
    monitor.agent.write(Buffer.concat([HELLO, PONG]));
    monitor.endVmm();
    expect(await exit).toEqual([0, null]);
  });
});
