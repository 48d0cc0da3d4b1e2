import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { afterEach, expect, it } from "vitest";
import { hostMemoryKb, monitorOf } from "../../../src/vm/host-memory.js";

let shell: ChildProcess | undefined;
afterEach(() => {
  if (shell?.pid !== undefined) process.kill(-shell.pid, "SIGKILL");
  shell = undefined;
});

it("a VM's memory on the host is that of its monitor and all its descendants", async () => {
  const started = spawn("sh", ["-c", "sleep 1000 & echo $!; wait"], {
    detached: true,
    stdio: ["ignore", "pipe", "inherit"],
  });
  shell = started;
  const [line] = (await once(started.stdout, "data")) as [Buffer];
  const [child, monitor] = [Number(line.toString()), started.pid ?? 0];
  expect(await monitorOf(child)).toBe(monitor);
  const [own, all] = [await hostMemoryKb(child), await hostMemoryKb(monitor)];
  expect(own).toBeGreaterThan(0);
  expect(all).toBeGreaterThan(own);
});

it("a process that does not exist has no monitor, and takes no memory", async () => {
  const none = 2 ** 22 + 1;
  expect(await monitorOf(none)).toBeUndefined();
  expect(await hostMemoryKb(none)).toBe(0);
});
