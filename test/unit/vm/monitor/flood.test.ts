import { once } from "node:events";
import type { Socket } from "node:net";
import { afterEach, beforeEach, expect, it } from "vitest";
import { BoxOptions } from "../../../../src/config/box-options.js";
import { boxFiles } from "../../../../src/vm/box/files.js";
import { openLog } from "../../../../src/vm/box/log.js";
import { follow, send, type Ending } from "../../../../src/vm/protocol/control/client.js";
import { createFrameParser, encodeFrame, FrameType, MORE } from "../../../../src/vm/protocol/guest/frames.js";
import { decodeWindow, PROTOCOL_VERSION } from "../../../../src/vm/protocol/guest/messages.js";
import { startMonitor, type MonitorProcess } from "./monitor-process.js";

const MB = 2 ** 20;
const FLOOD_MB = 256;
const WINDOW = 262_144;
const FRAME = Buffer.alloc(65_536, "x");

let monitor: MonitorProcess;

beforeEach(async () => {
  monitor = await startMonitor({ options: BoxOptions.parse({ logOpt: [["max-size", "1m"]] }) });
});
afterEach(() => monitor.close());

/** Ends the workload. */
function endGuest(): void {
  monitor.agent.write(encodeFrame(FrameType.EXIT, 1, Buffer.from([0, 0, 0])));
}

/** Plays the agent: floods the workload's stdout as fast as its window allows; other programs exit immediately. */
function flood(agent: Socket, bytes: number): Promise<void> {
  const parse = createFrameParser();
  let [window, left] = [WINDOW, bytes];
  const empty = Buffer.alloc(0);
  return new Promise((resolve) => {
    const write = () => {
      while (window >= FRAME.length && left > 0) {
        agent.write(encodeFrame(FrameType.STDOUT, 1, FRAME));
        window -= FRAME.length;
        left -= FRAME.length;
      }
      if (left <= 0 && window === WINDOW) resolve();
    };
    agent.on("data", (chunk: Buffer) => {
      for (const { type, channel, flags, payload } of parse(chunk)) {
        if ((flags & MORE) !== 0) continue;
        if (type === FrameType.CONFIGURE) agent.write(encodeFrame(FrameType.CONFIGURED, 0, empty));
        if (type === FrameType.START) {
          agent.write(encodeFrame(FrameType.STARTED, channel, Buffer.from([7, 0, 0, 0])));
          if (channel !== 1) agent.write(encodeFrame(FrameType.EXIT, channel, Buffer.from([0, 3, 0])));
        }
        if (type === FrameType.WINDOW && channel === 1) window += decodeWindow(payload).bytes;
        if (type === FrameType.START || type === FrameType.WINDOW) write();
      }
    });
    agent.write(encodeFrame(FrameType.HELLO, 0, Buffer.from([1, 2, 0, 0, 0, PROTOCOL_VERSION, 0])));
  });
}

async function exec(): Promise<Ending> {
  const socket = await monitor.connect();
  send(socket, { op: "exec", program: { argv: ["true"], env: [], stdin: false, privileged: false } });
  const ending = await follow(socket, {});
  // The workload has not started yet.
  return ending.event === "failed" && ending.code === "not-ready" ? exec() : ending;
}

it(
  "a workload that floods its output uses bounded memory, and does not block other programs",
  { tags: "slow" },
  async () => {
    const { agent, command } = monitor;
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
    expect(await monitor.peakMb()).toBeLessThan(150);

    endGuest();
    expect(await ended).toMatchObject({ event: "exited", exitCode: 0 });
    const log = await openLog(boxFiles(monitor.folder).log, () => undefined);
    let [kept, other] = [0, 0];
    await log.scan(({ data }) => {
      kept += data.length;
      if (!data.equals(FRAME)) other++;
      return undefined;
    });
    await log.close();
    expect([kept > 0, kept <= MB, other]).toEqual([true, true, 0]);
  },
);

it("a command that reads slowly slows down the workload and loses no output", { tags: "slow" }, async () => {
  const { agent, command } = monitor;
  send(command, { op: "attach", stdin: false });
  command.pause();
  const flooding = flood(agent, 20 * MB);
  const progress = { flooded: false };
  void flooding.then(() => (progress.flooded = true));
  // Other commands are still served.
  for (let i = 0; i < 20; i++) expect(await exec()).toMatchObject({ exitCode: 3 });
  expect(progress.flooded).toBe(false);
  let got = 0;
  void flooding.then(endGuest);
  const following = follow(command, { onOutput: (_, data) => (got += data.length) });
  command.resume();
  const ending = await following;
  expect([ending.event, got]).toEqual(["exited", 20 * MB]);
});

it("a command that has stopped reading does not prevent a restart, and can read the rest later", async () => {
  const { agent, command, lock } = monitor;
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
