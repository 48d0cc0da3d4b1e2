import { constants } from "node:fs";
import { access, readFile } from "node:fs/promises";
import { errnoOf } from "../../../errors.js";
import type { Usability } from "../driver.js";

/**
 * Whether KVM works here: more than that /dev/kvm opens. Where the host's own CPU shows neither vmx nor svm, KVM
 * creates machines that spin for ever.
 */
export async function probeKvm(device = "/dev/kvm", cpuinfo = "/proc/cpuinfo"): Promise<Usability> {
  try {
    await access(device, constants.R_OK | constants.W_OK);
  } catch (error) {
    return errnoOf(error) === "EACCES"
      ? {
          usable: false,
          reason: `${device} is there, but this user may not open it`,
          hint: "add yourself to its group (`sudo usermod -aG kvm $USER`) and log in again",
        }
      : {
          usable: false,
          reason: `there is no ${device}`,
          hint: "load the module (`sudo modprobe kvm_intel` or `kvm_amd`), or turn virtualization on in the firmware or cloud",
        };
  }
  const flags = /^flags\s*:.*$/m.exec(await readFile(cpuinfo, "utf8"))?.[0] ?? "";
  if (!/\b(vmx|svm)\b/.test(flags)) {
    return {
      usable: false,
      reason: `${device} opens, but the CPU has neither vmx nor svm, so a guest would never run`,
      hint: "this is a virtual machine without nested virtualization; turn that on, or use `vmm` qemu",
    };
  }
  return { usable: true };
}
