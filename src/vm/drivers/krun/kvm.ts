import { constants } from "node:fs";
import { open, readFile } from "node:fs/promises";
import { errnoOf } from "../../../errors.js";
import { reasonOf } from "../../../host/reason.js";

/** `denied`: this user may not open the device; `absent`: there is none; `useless`: its machines would never run. */
export type KvmUsability =
  { usable: true } | { usable: false; cause: "denied" | "absent" | "useless"; reason: string; hint: string };

/**
 * Checks whether KVM works here. Opening /dev/kvm is not enough: if the host's CPU has neither vmx nor svm, KVM creates
 * machines that never make progress.
 */
export async function probeKvm(device = "/dev/kvm", cpuinfo = "/proc/cpuinfo"): Promise<KvmUsability> {
  try {
    // A container may have a device that it may not open, or that nothing is behind.
    await (await open(device, constants.O_RDWR)).close();
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === "EACCES" || errno === "EPERM")
      return {
        usable: false,
        cause: "denied",
        reason: `permission denied for ${device}`,
        hint:
          process.geteuid?.() === 0
            ? "give this container the device (`--device /dev/kvm`)"
            : "add your user to its group (`sudo usermod -aG kvm $USER`) and log in again",
      };
    return {
      usable: false,
      cause: "absent",
      reason:
        errno === "ENOENT" ? `${device} does not exist` : `${device} cannot be opened: ${reasonOf(error)}`,
      hint: "load the module (`sudo modprobe kvm_intel` or `kvm_amd`), or enable virtualization in the firmware or cloud",
    };
  }
  const flags = /^flags\s*:.*$/m.exec(await readFile(cpuinfo, "utf8"))?.[0] ?? "";
  if (!/\b(vmx|svm)\b/.test(flags)) {
    return {
      usable: false,
      cause: "useless",
      reason: `${device} exists, but the CPU has neither vmx nor svm, so guests would never run`,
      hint: "enable nested virtualization for this virtual machine, or use `vmm` qemu",
    };
  }
  return { usable: true };
}
