import { accessSync, constants, readFileSync } from "node:fs";

/** The same rule as in src/vm/drivers/krun/kvm.ts: /dev/kvm opens, and the CPU supports guests. */
export function kvmWorks(device = "/dev/kvm", cpuinfo = "/proc/cpuinfo") {
  try {
    accessSync(device, constants.R_OK | constants.W_OK);
  } catch {
    return false;
  }
  const flags = /^flags\s*:.*$/m.exec(readFileSync(cpuinfo, "utf8"))?.[0] ?? "";
  return /\b(vmx|svm)\b/.test(flags);
}
