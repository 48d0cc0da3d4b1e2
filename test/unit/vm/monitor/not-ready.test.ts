import { afterEach, beforeEach, expect, it } from "vitest";
import { follow, type Ending } from "../../../../src/vm/protocol/control/client.js";
import { encodeJson, type Request } from "../../../../src/vm/protocol/control/wire.js";
import { createFrameParser, encodeFrame, FrameType, MORE } from "../../../../src/vm/protocol/guest/frames.js";
import { PROTOCOL_VERSION } from "../../../../src/vm/protocol/guest/messages.js";
import { startMonitor, type MonitorProcess } from "./monitor-process.js";

let monitor: MonitorProcess;

beforeEach(async () => {
  monitor = await startMonitor({});
});
afterEach(() => monitor.close());

const EXEC: Request = { op: "exec", program: { argv: ["x"], env: [], stdin: false, privileged: false } };

/** Sends a request, and waits until its program has started or the conversation has ended. */
async function ask(request: Request): Promise<Ending | "started"> {
  const socket = await monitor.connect();
  return new Promise((resolve, reject) => {
    follow(socket, { onStarted: (what) => what === "program" && resolve("started") }).then(resolve, reject);
    socket.write(encodeJson(request));
  });
}

/** Plays an agent that starts every program, none of which ends. */
async function startWorkload(): Promise<void> {
  const { agent, command } = monitor;
  const parse = createFrameParser();
  agent.on("data", (chunk: Buffer) => {
    for (const { type, channel, flags } of parse(chunk)) {
      if (type !== FrameType.START || (flags & MORE) !== 0) continue;
      agent.write(encodeFrame(FrameType.STARTED, channel, Buffer.from([7, 0, 0, 0])));
    }
  });
  const runs = new Promise<void>((resolve) => {
    follow(command, { onStarted: () => resolve() }).catch(() => undefined);
  });
  agent.write(encodeFrame(FrameType.HELLO, 0, Buffer.from([1, 2, 0, 0, 0, PROTOCOL_VERSION, 0])));
  agent.write(encodeFrame(FrameType.CONFIGURED, 0, Buffer.alloc(0)));
  await runs;
}

it("a command that comes before the workload runs fails because the box is still starting", async () => {
  const message = "the box is still starting";
  expect(await ask(EXEC)).toMatchObject({ event: "failed", code: "not-ready", message });
  const stat: Request = { op: "copy", copy: { kind: "stat", path: "/a", follow: true } };
  expect(await ask(stat)).toMatchObject({ event: "failed", code: "not-ready", message });
});

it("one program too many is refused with the limit, while the others keep running", async () => {
  await startWorkload();
  for (let count = 1; count < 128; count++) expect(await ask(EXEC)).toBe("started");
  const message = "too many programs are already running in the box: the limit is 128, including its own";
  expect(await ask(EXEC)).toMatchObject({ event: "failed", code: "not-ready", message });
  expect(await ask({ op: "task", task: { kind: "usage" } })).toMatchObject({ event: "failed", message });
});
