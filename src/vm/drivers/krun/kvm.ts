import { constants } from "node:fs";
import { access, readFile } from "node:fs/promises";
import { errnoOf } from "../../../errors.js";

/** `denied`: this user may not open the device; `absent`: there is none; `useless`: its machines would never run. */
export type KvmUsability =
  { usable: true } | { usable: false; cause: "denied" | "absent" | "useless"; reason: string; hint: string };

/**
 * Checks whether KVM works here. Opening /dev/kvm is not enough: if the host's CPU has neither vmx nor svm, KVM creates
 * machines that never make progress.
 */
export async function probeKvm(device = "/dev/kvm", cpuinfo = "/proc/cpuinfo"): Promise<KvmUsability> {
  try {
    await access(device, constants.R_OK | constants.W_OK);
  } catch (error) {
    return errnoOf(error) === "EACCES"
      ? {
          usable: false,
          cause: "denied",
          reason: `permission denied for ${device}`,
          hint: "add your user to its group (`sudo usermod -aG kvm $USER`) and log in again",
        }
      : {
          usable: false,
          cause: "absent",
          reason: `${device} does not exist`,
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
