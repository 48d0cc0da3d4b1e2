import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { BoxOptions } from "../../../../src/config/box-options.js";
import { boxFiles } from "../../../../src/vm/box/files.js";
import { follow, send } from "../../../../src/vm/protocol/control/client.js";
import { encodeFrame, FrameType } from "../../../../src/vm/protocol/guest/frames.js";
import { PROTOCOL_VERSION } from "../../../../src/vm/protocol/guest/messages.js";
import { startMonitor, type MonitorProcess } from "./monitor-process.js";

/** A workload that starts and exits with code 3. */
const RUN = [
  encodeFrame(FrameType.HELLO, 0, Buffer.from([1, 2, 0, 0, 0, PROTOCOL_VERSION, 0])),
  encodeFrame(FrameType.CONFIGURED, 0, Buffer.alloc(0)),
  encodeFrame(FrameType.STARTED, 1, Buffer.from([7, 0, 0, 0])),
  encodeFrame(FrameType.EXIT, 1, Buffer.from([0, 3, 0])),
];

async function run(monitor: MonitorProcess): Promise<unknown> {
  send(monitor.command, { op: "attach", stdin: false });
  const ended = follow(monitor.command, {});
  for (const frame of RUN) monitor.agent.write(frame);
  return ended;
}

it("a box whose volume cannot be removed still reports its workload's exit code", async () => {
  const monitor = await startMonitor({
    options: BoxOptions.parse({ autoRemove: true }),
    namedVolumes: [{ name: "anonymous", anonymous: true }],
  });
  try {
    await writeFile(join(monitor.home, "volumes"), "a file in the way");
    expect(await run(monitor)).toMatchObject({ event: "exited", exitCode: 3 });
  } finally {
    await monitor.close();
  }
});

it("a box whose disk cannot be removed still reports and records its workload's exit code", async () => {
  const monitor = await startMonitor({});
  try {
    const files = boxFiles(monitor.folder);
    await mkdir(join(files.writableLayer, "in-the-way"), { recursive: true });
    expect(await run(monitor)).toMatchObject({ event: "exited", exitCode: 3 });
    expect(JSON.parse(await readFile(files.state, "utf8"))).toMatchObject({ status: "exited", exitCode: 3 });
  } finally {
    await monitor.close();
  }
});
