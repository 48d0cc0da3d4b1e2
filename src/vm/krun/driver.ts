import { KERNEL_ARGUMENTS, publishArguments, volumeArguments, type Driver, type VmSpec } from "../driver.js";
import { probeKvm } from "../kvm.js";

/** libkrun on KVM, through the helper that calls its C API. */
export const krun: Driver = {
  name: "krun",
  bootLimitMs: 60_000,
  probe: () => probeKvm(),
  guestNetwork: () => null,
  vmmArguments,
};

function vmmArguments(spec: VmSpec): string[] {
  const { engine } = spec;
  const tsi = spec.network === "tsi";
  return [
    "krun",
    ...["--libkrun", engine.libkrun],
    ...["--kernel", engine.kernel],
    ...["--cmdline", `reboot=k nomodule no-kvmapf ${KERNEL_ARGUMENTS}${tsi ? " tsi_hijack" : ""}`],
    ...["--cpus", String(spec.vcpus)],
    ...["--memory", String(spec.memoryMb)],
    ...["--disk", "ro", "raw", engine.bootDisk],
    ...["--disk", "ro", "vmdk", spec.imageDisk],
    ...["--disk", "rw", "raw", spec.upperDisk],
    ...["--net", spec.network],
    ...publishArguments(spec.ports),
    ...volumeArguments(spec.volumes),
  ];
}
