import { readFile, readlink } from "node:fs/promises";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { box, DRIVER } from "../../e2e/box.js";
import { BUSYBOX } from "../../e2e/images.js";
import { processesNaming } from "../../e2e/processes.js";

// What `box info` says of processes, and what the kernel says of those of a box that runs.

interface Told {
  process: string;
  uid: number;
  namespaces: string[];
  capabilities: string[];
  seccomp: string;
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
    const [own, ours] = await Promise.all([
      readlink(`/proc/${pid}/ns/${kind}`),
      readlink(`/proc/self/ns/${kind}`),
    ]);
    if (own !== ours) namespaces.push(kind);
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

/** Root's box has a user of its own, each another one. */
const isLike = (uid: number, told: number) => (told < 0x7000_0000 ? uid === told : uid >= 0x7000_0000);

it("box info tells of a box's processes what the kernel says of them", async () => {
  const { processes } = JSON.parse((await box(["info", "--format", "json"])).stdout) as { processes: Told[] };
  const told = (name: string) => {
    const found = processes.find(({ process }) => process === name);
    if (found === undefined) throw new Error(`box info has no ${name}`);
    return found;
  };
  const helpers = [...(await processesNaming(id))]
    .filter(([, line]) => line.startsWith("box-vmm "))
    .map(([pid]) => pid);
  const families = await Promise.all(helpers.map(async (pid) => ({ pid, members: await children(pid) })));
  const { pid: watcher, members } = families.find((family) => family.members.length > 0) ?? {
    pid: 0,
    members: [],
  };
  const seen = [await look(watcher), ...(await Promise.all(members.map(look)))];
  const names: Record<string, string> = { "qemu-system-x86": "vmm (qemu)", virtiofsd: "file server (qemu)" };
  for (const [index, process] of seen.entries()) {
    const name = index === 0 ? "watcher" : (names[process.name] ?? "vmm (krun, volumes)");
    const { uid, namespaces, seccomp, capabilities } = told(name);
    expect({ ...process, name }).toMatchObject({
      name,
      uid: expect.toSatisfy((own: number) => isLike(own, uid)) as number,
      namespaces,
      seccomp: "2",
      noNewPrivs: "1",
    });
    expect(seccomp).toBe("allow-list");
    // A file server keeps less than it starts with, and libkrun serves the files itself.
    if (name === "watcher" || name === "vmm (qemu)") expect(process.capabilities).toBe(capabilities.length);
  }
  expect(seen).toHaveLength(DRIVER === "qemu" ? 3 : 2);
});
