import { stat } from "node:fs/promises";
import { join } from "node:path";
import { isUsable } from "../../../host/read.js";
import type { Usability } from "../../../vm/drivers/driver.js";
import type { DriverReport } from "../../../vm/drivers/select.js";
import type { Layer } from "../../../vm/jail/layers.js";
import { groupParent, readCgroupContext } from "../../../vm/limits/group.js";
import { byCommand, byHand, ok, problem, warning, type Check, type Cure } from "./check.js";
import { isAtLeast, readOf, type Host } from "./host.js";
import type { Distribution } from "./packages.js";

const LEAST_NODE = "20.17";

export function checkSystem({ os, arch }: Host, { title }: Distribution): Check {
  const name = `${os === "linux" ? "Linux" : os} on ${arch === "x64" ? "x86-64" : arch}`;
  return os === "linux" && arch === "x64"
    ? ok("system", `${title}, ${name}`)
    : problem("system", `${name}; box runs on Linux on x86-64`, { advice: "use a machine of that kind" });
}

export function checkNode(version = process.versions.node): Check {
  return isAtLeast(version, LEAST_NODE)
    ? ok("node", `Node ${version}`)
    : problem("node", `Node ${version}; box needs ${LEAST_NODE} or later`, {
        advice: "install Node from nodejs.org, or with your distribution's packages",
      });
}

/** A user that no database knows, as in containers, can be put into no group. */
const isNamed = ({ user, uid }: Pick<Host, "user" | "uid">) => user !== String(uid);

/** Who may open /dev/kvm is its group; on systems without udev nobody but root may. */
async function kvmCure({ root, user, uid }: Host, reason: string): Promise<Cure | undefined> {
  const device = await stat(join(root, "dev/kvm")).catch(() => undefined);
  if (!device) return undefined;
  if (!/permission denied/.test(reason) || uid === 0 || !isNamed({ uid, user })) return undefined;
  return byCommand({ root: true, then: "log in again" }, ["usermod", "-aG", "kvm", user]);
}

/** KVM's module, by the processor; undefined where the processor has no virtualization. */
async function modprobe(host: Host): Promise<Cure | undefined> {
  const flags = await readOf(host, "proc/cpuinfo");
  const module = /\bvmx\b/.test(flags) ? "kvm_intel" : /\bsvm\b/.test(flags) ? "kvm_amd" : undefined;
  if (module === undefined || (await isUsable(join(host.root, "dev/kvm")))) return undefined;
  return byHand({ root: true }, "modprobe", module);
}

/** KVM is worth having, and never needed: QEMU emulates. */
export async function checkKvm(host: Host, usability: Usability): Promise<Check> {
  if (usability.usable) return ok("kvm", "works");
  const { reason, hint } = usability;
  const cure = (await kvmCure(host, reason)) ?? (await modprobe(host)) ?? { advice: hint };
  return warning("kvm", `${reason}: boxes are emulated, and slow`, cure);
}

/** Which driver boxes get. Where none can run, what is missing for them says so. */
export function checkDriver(reports: readonly DriverReport[]): Check[] {
  const usable = reports.find(({ usability }) => usability.usable);
  return usable ? [ok("driver", usable.driver.name)] : [];
}

const SYSCTLS = [
  ["user/max_user_namespaces", "0"],
  ["kernel/unprivileged_userns_clone", "0"],
] as const;

/** What keeps an unprivileged program from user namespaces, if a setting does, and the command that changes it. */
async function userNamespaceCure(host: Host, profile: string[] | undefined): Promise<Cure> {
  for (const [name, closed] of SYSCTLS) {
    if ((await readOf(host, `proc/sys/${name}`)).trim() !== closed) continue;
    const open = name.startsWith("user/") ? "65536" : "1";
    return byHand({ root: true }, "sysctl", "-w", `${name.replace("/", ".")}=${open}`);
  }
  const restricted = await readOf(host, "proc/sys/kernel/apparmor_restrict_unprivileged_userns");
  if (restricted.trim() === "1" && profile) return byCommand({ root: true }, profile);
  return { advice: "docs/ci.md has what a container needs for them, docs/ubuntu.md what Ubuntu does" };
}

/** @param profile command that installs box's AppArmor profile, if it is here */
export async function checkJail(
  host: Host,
  layers: readonly Layer[],
  profile: string[] | undefined,
): Promise<Check> {
  const missing = layers.filter(({ holds, reason }) => !holds && reason !== undefined);
  if (missing.length === 0) return ok("jail", "all layers between a virtual machine and this host hold");
  const list = missing.map(({ name, reason }) => `${name} (${reason})`).join(", ");
  const found = `boxes run with less around them than they could have; missing: ${list}`;
  const namespaces = missing.some(({ name }) => name === "user-namespace" || name === "own-root");
  return warning("jail", found, namespaces ? await userNamespaceCure(host, profile) : undefined);
}

/** The first number that no range in the file uses. */
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
  if (has(uids) && has(gids)) return [ok("subordinate-ids", `/etc/subuid and /etc/subgid name ${host.user}`)];
  const first = firstFree(`${uids}\n${gids}`);
  const range = `${first}-${first + RANGE - 1}`;
  return [
    warning(
      "subordinate-ids",
      `/etc/subuid or /etc/subgid does not name ${host.user}: files on volumes can belong to root alone`,
      isNamed(host)
        ? byCommand({ root: true }, ["usermod", "--add-subuids", range, "--add-subgids", range, host.user])
        : undefined,
    ),
  ];
}

/** What the limits on a box's processor time and memory need. */
export async function checkGroups(): Promise<Check> {
  const around = await readCgroupContext();
  if (!around)
    return warning("cgroups", "no cgroup v2: limits such as `resourceLimits.cpuQuota` are not in force", {
      advice: "start the host with systemd.unified_cgroup_hierarchy=1",
    });
  const parent = await groupParent(around, ["cpu", "memory"]);
  if (parent.allowed)
    return ok("cgroups", `limits on processor time and memory can be set below ${parent.path}`);
  return warning(
    "cgroups",
    `limits on processor time and memory are not in force: ${parent.reason}`,
    byHand({}, "systemd-run", "--user", "--scope", "-p", "Delegate=yes", "box", "run"),
  );
}

/** A clock that is behind what was written on this host makes every certificate look like one of the future. */
export async function checkClock(files: readonly string[], now = Date.now()): Promise<Check> {
  for (const file of files) {
    const found = await stat(file).catch(() => undefined);
    // A day: a file may come from elsewhere, or from a machine in another zone.
    if (found && found.mtimeMs > now + 86_400_000)
      return warning(
        "clock",
        `${new Date(now).toISOString()}, behind ${file}: registries' certificates will not be valid yet`,
        byHand({ root: true }, "timedatectl", "set-ntp", "true"),
      );
  }
  return ok("clock", new Date(now).toISOString());
}
