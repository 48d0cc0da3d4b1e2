import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { connect, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { boxFiles } from "../../../../src/vm/box/files.js";
import type { BoxRecord } from "../../../../src/vm/box/record.js";
import { encodeLaunchRequest } from "../../../../src/vm/protocol/control/launch-request.js";
import { boxRecord } from "../record.js";

const MONITOR = join(import.meta.dirname, "../../../../dist/monitor.js");

/** A monitor started in the same way as by `box-vmm launch`; the test plays its guest, VMM and command. */
export interface MonitorProcess {
  home: string;
  folder: string;
  process: ChildProcess;
  /** The other ends of the monitor's descriptors (src/vm/monitor/descriptors.ts). */
  command: Socket;
  agent: Socket;
  lock: Socket;
  /** Connects like `box exec` and other commands. */
  connect: () => Promise<Socket>;
  /** Kills the process that plays the VMM, which closes its pipes. */
  endVmm: () => void;
  /** Peak memory usage of the monitor. */
  peakMb: () => Promise<number>;
  close: () => Promise<void>;
}

/**
 * Starts a monitor.
 * @param log file descriptor of its log
 * @param request the first message of its command
 * @param words of its command line
 */
export async function startMonitor(
  record: Partial<BoxRecord>,
  log: number | "ignore" = "ignore",
  request = (folder: string, record: BoxRecord): Uint8Array => encodeLaunchRequest({ folder, record }),
  words: (folder: string) => string[] = () => ["".padEnd(200)],
): Promise<MonitorProcess> {
  const home = await mkdtemp(join(tmpdir(), "box-monitor-"));
  const folder = join(home, "boxes", "one");
  await mkdir(folder, { recursive: true });
  const whole = boxRecord("one", { bootLimitMs: 60_000, ...record });
  await writeFile(boxFiles(folder).record, JSON.stringify(whole));
  const server = createServer().listen(join(home, "socket"));
  await once(server, "listening");
  const vmm = spawn("sleep", ["1000"], { stdio: ["ignore", "ignore", "ignore", "pipe"] });
  // Only the monitor may keep the socket; closing the server here would also remove its original name.
  const { fd } = (server as unknown as { _handle: { fd: number } })._handle;
  const monitor = spawn(process.execPath, [MONITOR, ...words(folder)], {
    env: { ...process.env, BOX_HOME: home, BOX_VMM_PID: String(vmm.pid) },
    stdio: ["ignore", "ignore", log, "pipe", fd, "pipe", "pipe", "pipe", "pipe", "pipe"],
  });
  await rename(join(home, "socket"), join(home, "control"));
  server.close();
  const [, , , command, , agent, console, lock, vmmOutput] = monitor.stdio as unknown as Socket[];
  if (!command || !agent || !console || !lock || !vmmOutput) throw new Error("a pipe is missing");
  for (const end of [command, agent, console, lock, vmmOutput]) end.on("error", () => undefined);
  command.write(request(folder, whole));
  // However the VMM is killed, its pipes close.
  vmm.once("exit", () => [console, vmmOutput].forEach((pipe) => pipe.destroy()));
  return {
    ...{ home, folder, process: monitor, command, agent, lock },
    connect: async () => {
      const socket = connect(join(home, "control"));
      await once(socket, "connect");
      return socket;
    },
    endVmm: () => vmm.kill("SIGKILL"),
    peakMb: async () => {
      const status = await readFile(`/proc/${monitor.pid}/status`, "utf8");
      return Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1]) / 1024;
    },
    close: async () => {
      for (const child of [monitor, vmm]) child.kill("SIGKILL");
      await rm(home, { recursive: true, force: true });
    },
  };
}
