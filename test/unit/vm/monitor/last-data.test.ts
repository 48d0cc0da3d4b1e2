import { once } from "node:events";
import type { Socket } from "node:net";
import { afterEach, beforeEach, expect, it } from "vitest";
import { follow, send, sendStdin } from "../../../../src/vm/protocol/control/client.js";
import {
  createFrameParser,
  encodeFrame,
  FrameType,
  MORE,
  type Frame,
} from "../../../../src/vm/protocol/guest/frames.js";
import { PROTOCOL_VERSION } from "../../../../src/vm/protocol/guest/messages.js";
import { suspend } from "../../suspend.js";
import { startMonitor, type MonitorProcess } from "./monitor-process.js";

// A monitor that the system does not schedule finds everything at once when it runs again: data, and that its peer has
// disconnected. Here it is suspended for that.

let monitor: MonitorProcess;
let frames: Frame[];
let wake: () => void;

beforeEach(async () => {
  monitor = await startMonitor({});
  [frames, wake] = [[], () => undefined];
});
afterEach(() => monitor.close());

const hello = encodeFrame(FrameType.HELLO, 0, Buffer.from([1, 2, 0, 0, 0, PROTOCOL_VERSION, 0]));
const configured = encodeFrame(FrameType.CONFIGURED, 0, Buffer.alloc(0));
const started = (channel: number) => encodeFrame(FrameType.STARTED, channel, Buffer.from([7, 0, 0, 0]));
const output = (channel: number, text: string) => encodeFrame(FrameType.STDOUT, channel, Buffer.from(text));
const exit = (channel: number, code: number) =>
  encodeFrame(FrameType.EXIT, channel, Buffer.from([0, code, 0]));

/** Waits for a frame from the monitor. */
async function awaitFrame(type: FrameType, channel: number): Promise<void> {
  while (!frames.some((frame) => frame.type === type && frame.channel === channel && frame.flags !== MORE))
    await new Promise<void>((resolve) => (wake = resolve));
}

/** Plays an agent that has started the workload. */
async function startWorkload(): Promise<void> {
  const { agent } = monitor;
  const parse = createFrameParser();
  agent.on("data", (chunk: Buffer) => {
    frames.push(...parse(chunk));
    wake();
  });
  agent.write(hello);
  await awaitFrame(FrameType.START, 1);
  agent.write(Buffer.concat([configured, started(1)]));
}

/** Follows a conversation. */
function converse(socket: Socket) {
  let output = "";
  let onStarted: () => void = () => undefined;
  const running = new Promise<void>((resolve) => (onStarted = resolve));
  const ended = follow(socket, { onStarted, onOutput: (_, data) => (output += data.toString()) });
  ended.catch(() => undefined);
  return { output: () => output, running, ended };
}

const program = { argv: ["sh"], env: [], stdin: true, privileged: false };

/** Waits until the monitor reads from its guest. */
async function awaitReader(): Promise<void> {
  const socket = await monitor.connect();
  send(socket, { op: "exec", program });
  expect(await follow(socket, {})).toMatchObject({ event: "failed", code: "not-ready" });
}

/** Lets the VM send data and exit while the monitor is suspended. */
function sendAndExit(...data: Buffer[]): void {
  monitor.agent.write(Buffer.concat(data));
  monitor.agent.destroy();
  monitor.endVmm();
}

/** More than Node reads at once. */
const PARTS = ["a", "b"].map((letter) => letter.repeat(50_000));
const lastOutput = [...PARTS.map((part) => output(1, part)), exit(1, 7)];

it("output and exit code arrive though the VM that stdin is for has exited", async () => {
  const { command } = monitor;
  const conversation = converse(command);
  send(command, { op: "attach", stdin: true });
  await startWorkload();
  await conversation.running;
  await suspend(monitor.process);
  sendStdin(command, Buffer.from("too late"));
  sendAndExit(...lastOutput);
  monitor.process.kill("SIGCONT");
  expect(await conversation.ended).toMatchObject({ event: "exited", exitCode: 7 });
  expect(conversation.output()).toBe(PARTS.join(""));
});

it("output and exit code arrive though the VM has exited before the monitor answers its HELLO", async () => {
  const { command } = monitor;
  const conversation = converse(command);
  send(command, { op: "attach", stdin: false });
  await awaitReader();
  await suspend(monitor.process);
  sendAndExit(hello, configured, started(1), ...lastOutput);
  monitor.process.kill("SIGCONT");
  expect(await conversation.ended).toMatchObject({ event: "exited", exitCode: 7 });
  expect(conversation.output()).toBe(PARTS.join(""));
});

it("a command that detaches while output is on its way to it does not hang up its program", async () => {
  const { agent, command } = monitor;
  const terminal = { rows: 24, columns: 80 };
  const workload = converse(command);
  await startWorkload();
  await workload.running;
  const start = async (channel: number) => {
    const socket = await monitor.connect();
    const { running } = converse(socket);
    send(socket, { op: "exec", program: { ...program, terminal } });
    await awaitFrame(FrameType.START, channel);
    agent.write(started(channel));
    await running;
    return socket;
  };
  const detach = async (socket: Socket) => {
    send(socket, { op: "detach" });
    socket.destroySoon();
    await once(socket, "close");
  };
  const [first, second] = [await start(2), await start(3)];
  await suspend(monitor.process);
  // The order in which the monitor looks at its connections is the system's affair.
  await detach(first);
  agent.write(Buffer.concat([output(2, "on its way"), output(3, "on its way")]));
  await detach(second);
  monitor.process.kill("SIGCONT");
  await awaitFrame(FrameType.STDIN, 2);
  await awaitFrame(FrameType.STDIN, 3);
  // A hangup would be sent before this.
  send(await monitor.connect(), { op: "exec", program });
  await awaitFrame(FrameType.START, 4);
  expect(frames.filter(({ type }) => type === FrameType.SIGNAL)).toEqual([]);
});
