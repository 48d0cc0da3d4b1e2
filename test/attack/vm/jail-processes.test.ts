import { readFile, readlink } from "node:fs/promises";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it, onTestFinished } from "vitest";
import { box, DRIVER, ONLY_FULL_ON_KRUN } from "../../e2e/box.js";
import { BUSYBOX } from "../../e2e/images.js";
import { processesNaming } from "../../e2e/processes.js";

// Compares how `box info` describes processes with how the kernel describes those of a running box.

interface Reported {
  process: string;
  uid: number;
  namespaces: string[];
  capabilities: string[];
  seccomp: string;
  limits: Record<string, string>;
}

let folder: string;
let id: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "box-jail-"));
  const { stdout } = await box(["run", "-d", "-v", `${folder}:/v`, BUSYBOX, "sleep", "10000"]);
  id = stdout.trim();
});
afterAll(async () => {
  await box(["rm", "-f", id]);
  rmSync(folder, { recursive: true, force: true });
});

async function children(pid: number): Promise<number[]> {
  const text = await readFile(`/proc/${pid}/task/${pid}/children`, "utf8");
  return text.trim().split(" ").filter(Boolean).map(Number);
}

const KINDS = ["user", "mnt", "pid", "ipc", "uts", "net"];

async function look(pid: number) {
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  const field = (name: string) => new RegExp(`^${name}:\\s*(\\S+)`, "m").exec(status)?.[1] ?? "";
  const namespaces = [];
  for (const kind of KINDS) {
    // A process that has changed its user hides its namespaces from others.
    const own = await readlink(`/proc/${pid}/ns/${kind}`).catch((error: unknown) => {
      if (process.getuid?.() === 0) throw error;
    });
    if (own !== (await readlink(`/proc/self/ns/${kind}`))) namespaces.push(kind);
  }
  const capabilities = BigInt(`0x${field("CapEff")}`)
    .toString(2)
    .replaceAll("0", "").length;
  return {
    name: field("Name"),
    uid: Number(field("Uid")),
    namespaces,
    capabilities,
    seccomp: field("Seccomp"),
    noNewPrivs: field("NoNewPrivs"),
  };
}

/** Each of root's boxes runs as a user of its own. */
const isLike = (uid: number, reported: number) =>
  reported < 0x7000_0000 ? uid === reported : uid >= 0x7000_0000;

async function askInfo(): Promise<(name: string) => Reported> {
  const { Box } = JSON.parse((await box(["info", "--format", "json"])).stdout) as {
    Box: { processes: Reported[] };
  };
  return (name) => {
    const found = Box.processes.find(({ process }) => process === name);
    if (found === undefined) throw new Error(`box info has no ${name}`);
    return found;
  };
}

/** The supervisor of a box's processes, and these processes. */
async function familyOf(box: string): Promise<{ pid: number; members: number[] }> {
  const helpers = [...(await processesNaming(box))]
    .filter(([, line]) => line.startsWith("box-vmm "))
    .map(([pid]) => pid);
  const families = await Promise.all(helpers.map(async (pid) => ({ pid, members: await children(pid) })));
  return families.find((family) => family.members.length > 0) ?? { pid: 0, members: [] };
}

it("box info describes a box's processes as the kernel does", async () => {
  const reported = await askInfo();
  const { pid: watcher, members } = await familyOf(id);
  const seen = [await look(watcher), ...(await Promise.all(members.map(look)))];
  const names: Record<string, string> = {
    "qemu-system-x86": "vmm (qemu)",
    virtiofsd: "file server (qemu)",
    "box-network": "network process",
  };
  for (const [index, process] of seen.entries()) {
    const name = index === 0 ? `watcher (${DRIVER})` : (names[process.name] ?? "vmm (krun, volumes)");
    const { uid, namespaces, seccomp, capabilities } = reported(name);
    expect({ ...process, name }).toMatchObject({
      name,
      uid: expect.toSatisfy((own: number) => isLike(own, uid)) as number,
      namespaces,
      seccomp: "2",
      noNewPrivs: "1",
    });
    expect(seccomp).toBe("allow-list");
    // A file server drops capabilities after startup, and libkrun serves the files itself.
    if (index === 0 || name === "vmm (qemu)") expect(process.capabilities).toBe(capabilities.length);
  }
  expect(seen).toHaveLength(DRIVER === "qemu" ? 4 : 2);
});

it.skipIf(ONLY_FULL_ON_KRUN)("box info describes a box's network process as the kernel does", async () => {
  const bridged = (await box(["run", "-d", "--network", "bridge", BUSYBOX, "sleep", "10000"])).stdout.trim();
  onTestFinished(async () => {
    await box(["rm", "-f", bridged]);
  });
  const { uid, namespaces, seccomp, capabilities, limits } = (await askInfo())("network process");
  const { members } = await familyOf(bridged);
  const seen = await Promise.all(members.map(look));
  const index = seen.findIndex(({ name }) => name === "box-network");
  expect(seen[index]).toMatchObject({
    uid: expect.toSatisfy((own: number) => isLike(own, uid)) as number,
    ...(process.getuid?.() === 0 ? { namespaces } : {}),
    capabilities: 0,
    seccomp: "2",
    noNewPrivs: "1",
  });
  expect({ seccomp, capabilities }).toEqual({ seccomp: "allow-list", capabilities: [] });
  const text = await readFile(`/proc/${members[index] ?? 0}/limits`, "utf8");
  for (const [name, most] of Object.entries(limits))
    expect(text).toMatch(new RegExp(`^Max ${name}\\s+${most}\\s`, "m"));
  expect(limits).toMatchObject({ "core file size": "0" });
  // In its own user namespace, with a root directory of its own.
  expect(namespaces).toEqual(expect.arrayContaining(["user", "mnt"]));
});
