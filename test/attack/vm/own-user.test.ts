import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { SWITCH_SOCKET } from "../../../src/net/named-network.js";
import { awaitLog, box, DRIVER, fetchText, ONLY_FULL_ON_KRUN, run, testEnvironment } from "../../e2e/box.js";
import { BUSYBOX } from "../../e2e/images.js";
import { awaitGone, kill, processesNaming } from "../../e2e/processes.js";

// When root runs boxes, what stands between guest and host does not run as root (native/vmm/user.c).

const FIRST_USER = 0x7000_0000;

const made: string[] = [];
const folder = mkdtempSync(join(tmpdir(), "box-own-user-"));
// Not at the end of the file: guests that are idle take time from those of the next test, most of it where they are nested.
const removeAll = () => box(["rm", "-f", ...made.splice(0)]);
afterEach(async () => {
  if (made.length > 0) await removeAll();
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

async function runDetached(...words: string[]): Promise<string> {
  const { stdout, stderr } = await run(["-d", ...words]);
  expect(stderr).toBe("");
  made.push(stdout.trim());
  return stdout.trim();
}

function uidOf(pid: number): number {
  return Number(/^Uid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]);
}

/** The supervisor and the processes that it supervises, by name. */
async function processes(id: string): Promise<Record<string, number>> {
  const watchers = [...(await processesNaming(id))].filter(([, line]) => line.startsWith("box-vmm "));
  const found: Record<string, number> = {};
  for (const [watcher] of watchers) {
    const members = readFileSync(`/proc/${watcher}/task/${watcher}/children`, "utf8");
    const pids = members.trim().split(" ").filter(Boolean).map(Number);
    if (pids.length === 0) continue;
    found["watcher"] = watcher;
    for (const pid of pids) {
      const name = readFileSync(`/proc/${pid}/comm`, "utf8").trim();
      found[name === "virtiofsd" ? "files" : name === "box-network" ? "network" : "vmm"] = pid;
    }
  }
  return found;
}

async function users(id: string): Promise<Record<string, number>> {
  return Object.fromEntries(Object.entries(await processes(id)).map(([name, pid]) => [name, uidOf(pid)]));
}

describe.runIf(process.getuid?.() === 0)("root's boxes", () => {
  it.skipIf(ONLY_FULL_ON_KRUN)("run their VMM as a user of its own, the same on each start", async () => {
    const script = "test -e /seen && echo again; touch /seen; exec sleep 10000";
    const id = await runDetached("--network", "none", BUSYBOX, "sh", "-c", script);
    const other = await runDetached(BUSYBOX, "sleep", "10000");
    const first = await users(id);
    expect(first["vmm"]).toBeGreaterThanOrEqual(FIRST_USER);
    expect(first).toEqual({ vmm: first["vmm"], watcher: first["vmm"] });
    const second = await users(other);
    expect(second["vmm"]).toBeGreaterThanOrEqual(FIRST_USER);
    expect(second["vmm"]).not.toBe(first["vmm"]);

    expect(await box(["stop", "-t", "1", id])).toMatchObject({ stderr: "" });
    await box(["cp", `${id}:/seen`, folder]);
    expect(readFileSync(join(folder, "seen"), "utf8")).toBe("");
    expect(await box(["start", id])).toMatchObject({ code: 0, stderr: "" });
    expect(await users(id)).toEqual(first);
    expect((await box(["exec", id, "sh", "-c", "echo new > /new && cat /new"])).stdout).toBe("new\n");
  });

  it("serve ports below 1024, and end with all of their processes when the supervisor is killed", async () => {
    // With a volume, libkrun serves the files itself, for which it must be root (jail-processes.test.ts).
    const shared = DRIVER === "qemu" ? ["-v", `${folder}:/v`] : [];
    const serve = ["sh", "-c", "httpd -p 80 && echo up; sleep 10000"];
    const id = await runDetached(...shared, "-p", "127.0.0.1:81:80", BUSYBOX, ...serve);
    const found = await users(id);
    const { vmm, network } = found;
    expect(vmm).toBeGreaterThanOrEqual(FIRST_USER);
    if (DRIVER === "qemu") {
      expect(found).toEqual({ watcher: vmm, vmm, network, files: 0 });
      expect(network).toBeGreaterThanOrEqual(FIRST_USER);
      expect(network).not.toBe(vmm);
    } else expect(found).toEqual({ watcher: vmm, vmm });
    expect((await box(["port", id])).stdout).toContain("127.0.0.1:81");
    await awaitLog(id, "up");
    expect(await fetchText("http://127.0.0.1:81/")).toContain("404 Not Found");
    const { watcher = 0, ...members } = await processes(id);
    kill(watcher);
    for (const pid of Object.values(members)) await awaitGone(pid);
    expect((await box(["inspect", "-f", "{{.State.Running}}", id])).stdout).toBe("false\n");
  });

  it.skipIf(ONLY_FULL_ON_KRUN)("run no additional processes as root on a named network", async () => {
    const network = `own-user-${process.pid}`;
    const id = await runDetached("--network", `bridge:${network}`, BUSYBOX, "sleep", "10000");
    const { vmm, watcher, network: networkProcess } = await users(id);
    const { BOX_RUNTIME = "" } = testEnvironment();
    const switches = [...(await processesNaming(join(BOX_RUNTIME, SWITCH_SOCKET)))];
    const [pid] = switches.find(([, line]) => line.startsWith("box-vmm switch")) ?? [0];
    expect(vmm).toBeGreaterThanOrEqual(FIRST_USER);
    expect(watcher).toBe(vmm);
    expect(uidOf(pid)).toBeGreaterThanOrEqual(FIRST_USER);
    expect(uidOf(pid)).not.toBe(vmm);
    expect(networkProcess).toBeGreaterThanOrEqual(FIRST_USER);
    expect(networkProcess).not.toBe(vmm);
  });
});
