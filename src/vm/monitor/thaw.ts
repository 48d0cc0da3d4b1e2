import { spawn } from "node:child_process";
import { closeSync, openSync, readFileSync } from "node:fs";
import { appendFile, readFile, rename, rm, writeFile } from "node:fs/promises";
import type { Socket } from "node:net";
import { attemptLog, templateFiles } from "../template/files.js";
import type { Home } from "../../host/home.js";
import { statFields } from "../../host/owner.js";
import { isNamed } from "../../host/read.js";
import { SIGKILL } from "../../host/signals.js";
import { temporaryBeside } from "../../host/temporaries.js";
import { copySparse } from "../copy-sparse.js";
import { removeTemplate } from "../template/remove.js";
import { madeIn } from "../template/store.js";
import { helperEnvironment } from "../template/helper-environment.js";
import type { Thaw } from "../protocol/control/launch-request.js";
import { readConsole } from "./console.js";
import { Descriptor } from "./descriptors.js";
import { explainDeath } from "./failure.js";
import { openLink } from "./guest-link.js";
import { log } from "./log.js";
import type { SecondStart, Vm } from "./vm.js";

/** A guest that wakes up needs less than half a second of CPU time. On a busy host that may take long. */
const MOST_CPU_MS = 10_000;
const MOST_MS = 60_000;
const CHECK_MS = 500;
/** Linux counts in this unit. */
const MS_PER_TICK = 10;

/** Returns the CPU time of a process and its children, in milliseconds. */
function cpuMs(pid: number): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    const [user, system] = statFields(stat).slice(11, 13);
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "latin1").split(" ").filter(Boolean);
    const below = children.reduce((sum, child) => sum + cpuMs(Number(child)), 0);
    return (Number(user) + Number(system)) * MS_PER_TICK + below;
  } catch {
    // It has ended, or this kernel does not list children.
    return 0;
  }
}

/** Resolves when a VM has had more than enough time to answer. */
function silence(pid: number): { over: Promise<string>; cancel: () => void } {
  let timer: NodeJS.Timeout | undefined;
  const begun = performance.now();
  const over = new Promise<string>((resolve) => {
    timer = setInterval(() => {
      const cpu = cpuMs(pid);
      const wall = performance.now() - begun;
      if (cpu < MOST_CPU_MS && wall < MOST_MS) return;
      resolve(`its guest does not answer (${Math.round(wall)} ms, ${cpu} ms of CPU time)`);
    }, CHECK_MS);
  });
  return { over, cancel: () => clearInterval(timer) };
}

/** The bits of an exit status that contain the signal. */
const SIGNAL_BITS = 0x7f;

/**
 * Whether a child that has ended was killed, for example by the kernel for lack of memory. Its helper ends in the same way
 * as a VMM that was killed.
 */
function wasKilled(pid: number): boolean {
  try {
    // Nobody waits for this child, so its status is there until this process ends.
    const status = Number(readFileSync(`/proc/${pid}/stat`, "latin1").trimEnd().split(" ").at(-1));
    return (status & SIGNAL_BITS) === SIGKILL;
  } catch {
    return false;
  }
}

/** How the helper reports that a template cannot be used (native/vmm/template.c). */
const AT_FAULT = /^the template\b/;

/**
 * Resolves to the reason why a template failed, or to undefined if the guest answers or the VM has ended for another reason:
 * one that would end the next VM, too, or because somebody killed it.
 */
async function failureOf({ pid, link, console }: Vm, onAnswer: () => void): Promise<string | undefined> {
  const { over, cancel } = silence(pid);
  const silent = await Promise.race([link.greeted.then((answered) => (answered ? undefined : "")), over]);
  cancel();
  if (silent === undefined) onAnswer();
  if (silent !== "") return silent;
  await console.ended;
  if (wasKilled(pid)) return undefined;
  const { code, message } = explainDeath(console.lastWords(), false);
  return code === "vmm-died" || AT_FAULT.test(message) ? message : undefined;
}

/** Boots a VM as `box-vmm launch` does; Node makes sockets instead of pipes. */
async function bootVm({ env }: Home, { program, boot: [verb = "", ...words] }: Thaw): Promise<Vm> {
  const nobody = openSync("/dev/null", "w");
  try {
    const child = spawn(program, [verb, "--report", ...words], {
      detached: true,
      cwd: "/",
      // Agent, log, and warnings for the user, who has seen them.
      stdio: ["ignore", "pipe", "pipe", "pipe", Descriptor.log, nobody],
      env: helperEnvironment(env),
    });
    await new Promise<void>((resolve, reject) => {
      child.once("spawn", resolve);
      child.once("error", reject);
    });
    const [, guest, vmm, agent] = child.stdio as unknown as [null, Socket, Socket, Socket];
    return { pid: child.pid ?? 0, link: openLink(agent), console: readConsole(vmm, guest) };
  } finally {
    closeSync(nobody);
  }
}

/** Replaces the copy of a layer that the guest of the template had mounted. */
async function renewLayer({ path, empty }: NonNullable<Thaw["layer"]>): Promise<void> {
  const temporary = temporaryBeside(path);
  try {
    await copySparse(empty, temporary);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/** Begins the line about a first failure, which may be that of a VM that was killed. */
const FIRST = "a template failed before any use: ";

/**
 * Removes a template that failed. If two in a row have never worked, no other is made for a while. One that was removed or
 * replaced in the meantime did not fail, and its successor even less.
 */
async function discard({ template: folder, made }: Thaw, reason: string): Promise<void> {
  if ((await madeIn(folder)) !== made) return;
  const { used } = templateFiles(folder);
  const worked = await isNamed(used);
  await removeTemplate(folder);
  if (worked) return;
  const log = attemptLog(folder);
  const before = await readFile(log, "utf8").catch(() => "");
  const [line = ""] = reason.split("\n");
  await appendFile(log, `${before.includes(FIRST) ? "box-vmm: " : FIRST}${line}\n`, { mode: 0o600 });
}

/** Notes that a template works, and when it was used. */
function noteUse(folder: string): void {
  const noted = [
    writeFile(templateFiles(folder).used, "", { mode: 0o600 }),
    rm(attemptLog(folder), { force: true }),
  ];
  Promise.all(noted).catch((error: unknown) =>
    log("warn", `cannot note the use of the template: ${String(error)}`),
  );
}

/** Boots if the guest of a template does not wake up, and removes the template if it is to blame. */
export function secondStart(home: Home, first: Vm, thaw: Thaw): SecondStart {
  return {
    failure: failureOf(first, () => noteUse(thaw.template)),
    boot: async (reason) => {
      log("warn", `booting, because the template did not work: ${reason}`);
      await discard(thaw, reason).catch((error: unknown) =>
        log("warn", `cannot remove the template: ${String(error)}`),
      );
      if (thaw.layer) await renewLayer(thaw.layer);
      return bootVm(home, thaw);
    },
  };
}
