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

/** A monitor as `box-vmm launch` starts it, with the test in the place of its guest, its VMM and its command. */
export interface MonitorProcess {
  home: string;
  folder: string;
  process: ChildProcess;
  /** The other ends of the monitor's descriptors (src/vm/monitor/descriptors.ts). */
  command: Socket;
  agent: Socket;
  lock: Socket;
  /** As `box exec` and others do. */
  connect: () => Promise<Socket>;
  /** Ends what the monitor takes for its VMM, and with it its pipes. */
  endVmm: () => void;
  /** Its memory at its largest. */
  peakMb: () => Promise<number>;
  close: () => Promise<void>;
}

/**
 * @param log the file that takes its own log
 * @param request what its command says first
 */
export async function startMonitor(
  record: Partial<BoxRecord>,
  log: number | "ignore" = "ignore",
  request = (folder: string, record: BoxRecord): Uint8Array => encodeLaunchRequest({ folder, record }),
): Promise<MonitorProcess> {
  const home = await mkdtemp(join(tmpdir(), "box-monitor-"));
  const folder = join(home, "boxes", "one");
  await mkdir(folder, { recursive: true });
  const whole = boxRecord("one", { bootLimitMs: 60_000, ...record });
  await writeFile(boxFiles(folder).record, JSON.stringify(whole));
  const server = createServer().listen(join(home, "socket"));
  await once(server, "listening");
  const vmm = spawn("sleep", ["1000"], { stdio: ["ignore", "ignore", "ignore", "pipe"] });
  // The monitor gets the socket, and it alone: closing the server here would remove the name that it was made with.
  const { fd } = (server as unknown as { _handle: { fd: number } })._handle;
  const monitor = spawn(process.execPath, [MONITOR, "".padEnd(200)], {
    env: { ...process.env, BOX_HOME: home, BOX_VMM_PID: String(vmm.pid) },
    stdio: ["ignore", "ignore", log, "pipe", fd, "pipe", "pipe", "pipe", "pipe"],
  });
  await rename(join(home, "socket"), join(home, "control"));
  server.close();
  const [, , , command, , agent, console, lock, words] = monitor.stdio as unknown as Socket[];
  if (!command || !agent || !console || !lock || !words) throw new Error("five pipes were asked for");
  for (const end of [command, agent, console, lock, words]) end.on("error", () => undefined);
  command.write(request(folder, whole));
  // Whoever kills the VMM, its end is that of its pipes.
  vmm.once("exit", () => [console, words].forEach((pipe) => pipe.destroy()));
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
