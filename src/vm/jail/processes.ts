import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { CAPABILITIES } from "../../config/syntax/capability.js";
import { bridgeArguments } from "../drivers/driver.js";
import type { RuntimeFiles } from "../runtime-files.js";

/** How one of box's processes is isolated from the host, as reported by the kernel for a jailed test process. */
export interface ProcessJail {
  process: string;
  /** On the host. */
  uid: number;
  /** Its own namespaces; the others are inherited from its parent. */
  namespaces: string[];
  capabilities: string[];
  seccomp: "allow-list" | "none";
  landlock: boolean;
  limits: Record<string, string>;
}

function capabilitiesOf(hex: string): string[] {
  const set = BigInt(`0x${hex}`);
  return CAPABILITIES.filter((_, number) => (set & (1n << BigInt(number))) !== 0n);
}

/** Reads what `box-vmm processes` prints. */
export function parseProcesses(text: string): ProcessJail[] {
  const lines = text.split("\n").filter((line) => line !== "");
  return lines.map((line) => {
    const [process = "", uid, namespaces = "", hex = "0", seccomp, landlock, ...limits] = line.split("\t");
    return {
      process,
      uid: Number(uid),
      namespaces: namespaces.split(",").filter((name) => name !== ""),
      capabilities: capabilitiesOf(hex),
      seccomp: seccomp === "allow-list" ? seccomp : "none",
      landlock: landlock === "yes",
      limits: Object.fromEntries(limits.map((limit) => limit.split("=") as [string, string])),
    };
  });
}

/** Reads the state of a process from /proc, which has no information on Landlock. */
export async function describeProcess(name: string, pid: number, landlock: boolean): Promise<ProcessJail> {
  const [status, limits] = await Promise.all(
    ["status", "limits"].map((file) => readFile(`/proc/${pid}/${file}`, "utf8")),
  );
  const field = (key: string) => new RegExp(`^${key}:\\s*(\\S+)`, "m").exec(status ?? "")?.[1] ?? "0";
  const limit = (key: string) => [
    key,
    new RegExp(`^Max ${key}\\s+(\\S+)`, "m").exec(limits ?? "")?.[1] ?? "?",
  ];
  return {
    process: name,
    uid: Number(field("Uid")),
    namespaces: [],
    capabilities: capabilitiesOf(field("CapEff")),
    seccomp: field("Seccomp") === "2" ? "allow-list" : "none",
    landlock,
    limits: Object.fromEntries(
      ["file size", "data size", "core file size", "open files"].map(limit),
    ) as Record<string, string>,
  };
}

/** Sends box-layer the beginning of a layer, and inspects the process while it waits for the rest. */
async function probeLayerHelper(program: string, landlock: boolean): Promise<ProcessJail[]> {
  const folder = await mkdtemp(join(tmpdir(), "box-info-"));
  try {
    await writeFile(join(folder, "layer"), "");
    const child = spawn(program, { cwd: folder, env: {}, stdio: ["pipe", "pipe", "ignore"] });
    const failed = once(child, "error").then(([error]) => Promise.reject(error as Error));
    child.stdin.on("error", () => undefined);
    const numbered = (bytes: Buffer) => {
      const length = Buffer.alloc(4);
      length.writeUInt32LE(bytes.length);
      return Buffer.concat([length, bytes]);
    };
    // It reports progress after each MiB written.
    child.stdin.write(
      Buffer.concat([numbered(Buffer.from("plain 0 layer")), numbered(Buffer.alloc(2 ** 21))]),
    );
    const ended = once(child, "close").then(() => Promise.reject(new Error("box-layer exited")));
    ended.catch(() => undefined);
    await Promise.race([once(child.stdout, "data"), failed, ended]);
    const found = await describeProcess("layer helper", child.pid ?? 0, landlock);
    child.kill("SIGKILL");
    await once(child, "close");
    return [found];
  } catch {
    // It is missing or does not work: the doctor reports why.
    return [];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Tests how each of box's processes is jailed on this host for this user. */
export async function probeProcesses(runtimeFiles: RuntimeFiles): Promise<ProcessJail[]> {
  const { vmmHelper } = runtimeFiles;
  const bridge = runtimeFiles.libslirp === "" ? [] : bridgeArguments(runtimeFiles, 1500);
  const words = ["processes", ...bridge];
  const { stdout } = await promisify(execFile)(vmmHelper, words);
  const found = parseProcesses(stdout);
  const landlock = found.some((process) => process.landlock);
  const helper = await probeLayerHelper(join(dirname(vmmHelper), "box-layer"), landlock);
  // A monitor is another Node process of this user, with the same properties as this one.
  return [...found, ...helper, await describeProcess("monitor", process.pid, false)];
}
