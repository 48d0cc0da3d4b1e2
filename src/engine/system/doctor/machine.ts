import { stat } from "node:fs/promises";
import { isAtLeast } from "../../../host/version.js";
import type { KvmUsability } from "../../../vm/drivers/krun/kvm.js";
import type { DriverReport } from "../../../vm/drivers/select.js";
import type { Layer } from "../../../vm/jail/layers.js";
import { groupParent, readCgroupContext } from "../../../vm/limits/group.js";
import { byCommand, byHand, ok, problem, warning, type Check, type Cure } from "./check.js";
import { hasSystemd, readOf, type Host } from "./host.js";
import type { Distribution } from "./packages.js";

const LEAST_NODE = "20.19";

export function checkSystem({ os, arch }: Host, { title }: Distribution): Check {
  const name = `${os === "linux" ? "Linux" : os} on ${arch === "x64" ? "x86-64" : arch}`;
  return os === "linux" && arch === "x64"
    ? ok("system", `${title}, ${name}`)
    : problem("system", `${name}; box requires Linux on x86-64`, {
        advice: "use a Linux machine with an x86-64 processor",
      });
}

export function checkNode(version = process.versions.node): Check {
  return isAtLeast(version, LEAST_NODE)
    ? ok("node", `Node ${version}`)
    : problem("node", `Node ${version}; box needs ${LEAST_NODE} or later`, {
        advice: "install Node from nodejs.org, or with your distribution's packages",
      });
}

/** A user without an entry in /etc/passwd, as in some containers, cannot be added to a group. */
const isNamed = ({ user, uid }: Pick<Host, "user" | "uid">) => user !== String(uid);

/** The command that loads KVM's module for this processor; undefined if it has no virtualization extensions. */
async function modprobe(host: Host): Promise<Cure | undefined> {
  const flags = await readOf(host, "proc/cpuinfo");
  const module = /\bvmx\b/.test(flags) ? "kvm_intel" : /\bsvm\b/.test(flags) ? "kvm_amd" : undefined;
  return module === undefined ? undefined : byHand({ root: true }, "modprobe", module);
}

/** KVM is recommended, but not required, because QEMU can emulate the processor. */
export async function checkKvm(host: Host, usability: KvmUsability): Promise<Check> {
  if (usability.usable) return ok("kvm", "works");
  const { cause, reason, hint } = usability;
  const cures = {
    // Members of its group may open it; without udev, only root may.
    denied: () =>
      isNamed(host) && host.uid !== 0
        ? byCommand({ root: true, then: "log in again" }, ["usermod", "-aG", "kvm", host.user])
        : undefined,
    absent: () => modprobe(host),
    useless: () => undefined,
  };
  const cure = (await cures[cause]()) ?? { advice: hint };
  return warning("kvm", `${reason}: boxes are emulated, which is slow`, cure);
}

/** Reports the driver for boxes. If none is usable, the findings about missing parts explain why. */
export function checkDriver(reports: readonly DriverReport[]): Check[] {
  const usable = reports.find(({ usability }) => usability.usable);
  return usable ? [ok("driver", usable.driver.name)] : [];
}

const SYSCTLS = [
  ["user/max_user_namespaces", "0"],
  ["kernel/unprivileged_userns_clone", "0"],
] as const;

/** Finds the setting that denies user namespaces to unprivileged programs, and returns the command that changes it. */
export async function userNamespaceCure(host: Host, profile: string[] | undefined): Promise<Cure> {
  for (const [name, closed] of SYSCTLS) {
    if ((await readOf(host, `proc/sys/${name}`)).trim() !== closed) continue;
    const open = name.startsWith("user/") ? "65536" : "1";
    return byHand({ root: true }, "sysctl", "-w", `${name.replace("/", ".")}=${open}`);
  }
  const restricted = await readOf(host, "proc/sys/kernel/apparmor_restrict_unprivileged_userns");
  if (restricted.trim() === "1" && profile) return byCommand({ root: true }, profile);
  return { advice: "see docs/ci.md for containers and docs/ubuntu.md for Ubuntu" };
}

/** @param profile command that installs box's AppArmor profile, if available */
export async function checkJail(
  host: Host,
  layers: readonly Layer[],
  profile: string[] | undefined,
): Promise<Check> {
  const missing = layers.filter(({ holds, reason }) => !holds && reason !== undefined);
  if (missing.length === 0)
    return ok("jail", "all layers of isolation between VMs and this host are available");
  const list = missing.map(({ name, reason }) => `${name} (${reason})`).join(", ");
  const found = `boxes are less isolated than they could be; missing: ${list}`;
  const namespaces = missing.some(({ name }) => name === "user-namespace" || name === "own-root");
  const cure = namespaces
    ? await userNamespaceCure(host, profile)
    : { advice: "use a newer kernel or QEMU; boxes run without these layers" };
  return warning("jail", found, cure);
}

/** Returns the first ID above all ranges in the file. */
function firstFree(text: string): number {
  const ends = text.split("\n").map((line) => {
    const [, first, count] = line.split(":").map(Number);
    return (first ?? 0) + (count ?? 0);
  });
  return Math.max(100_000, ...ends.filter(Number.isFinite));
}

const RANGE = 65_536;

export async function checkSubordinateIds(host: Host): Promise<Check[]> {
  if (host.uid === 0) return [];
  const [uids, gids] = await Promise.all([readOf(host, "etc/subuid"), readOf(host, "etc/subgid")]);
  const has = (text: string) =>
    text.split("\n").some((line) => [host.user, String(host.uid)].includes(line.split(":")[0] ?? ""));
  if (has(uids) && has(gids))
    return [ok("subordinate-ids", `${host.user} has entries in /etc/subuid and /etc/subgid`)];
  const first = firstFree(`${uids}\n${gids}`);
  const range = `${first}-${first + RANGE - 1}`;
  return [
    warning(
      "subordinate-ids",
      `${host.user} has no entry in /etc/subuid or /etc/subgid: in boxes, files on volumes can belong only to root`,
      isNamed(host)
        ? byCommand({ root: true }, ["usermod", "--add-subuids", range, "--add-subgids", range, host.user])
        : { advice: `add the line ${host.uid}:${first}:${RANGE} to /etc/subuid and /etc/subgid` },
    ),
  ];
}

/** Checks what the limits on a box's CPU time and memory need. */
export async function checkGroups(host: Host): Promise<Check> {
  const context = await readCgroupContext();
  if (!context)
    return warning("cgroups", "no cgroup v2: limits such as `resourceLimits.cpuQuota` have no effect", {
      advice: "start the host with systemd.unified_cgroup_hierarchy=1",
    });
  const parent = await groupParent(context, ["cpu", "memory"]);
  if (parent.allowed) return ok("cgroups", `limits on CPU time and memory can be set below ${parent.path}`);
  return warning(
    "cgroups",
    `limits on CPU time and memory have no effect: ${parent.reason}`,
    (await hasSystemd(host))
      ? byHand({}, "systemd-run", "--user", "--scope", "-p", "Delegate=yes", "box", "run")
      : { advice: "run box in a control group that this user may write to" },
  );
}

/** With a clock that is behind the files on this host, certificates appear not to be valid yet. */
export async function checkClock(host: Host, files: readonly string[], now = Date.now()): Promise<Check> {
  for (const file of files) {
    const found = await stat(file).catch(() => undefined);
    // Allow one day: a file may come from a machine in another time zone.
    if (found && found.mtimeMs > now + 86_400_000)
      return warning(
        "clock",
        `${new Date(now).toISOString()}, which is earlier than ${file}: certificates will appear not to be valid yet`,
        (await hasSystemd(host))
          ? byHand({ root: true }, "timedatectl", "set-ntp", "true")
          : { advice: "set the clock of this host" },
      );
  }
  return ok("clock", new Date(now).toISOString());
}
