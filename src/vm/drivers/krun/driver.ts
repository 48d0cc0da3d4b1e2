import { userNetwork } from "../../../net/guest-network.js";
import {
  KERNEL_ARGUMENTS,
  bridgeArguments,
  diskArguments,
  socketArguments,
  volumeArguments,
  type Driver,
  type VmSpec,
} from "../driver.js";
import { probeKvm } from "./kvm.js";

/** libkrun has no buffers for larger frames. */
const ETHERNET_MTU = 1500;

/** libkrun on KVM, through the helper that calls its C API. */
export const krun: Driver = {
  name: "krun",
  bootLimitMs: 60_000,
  emulates: false,
  probe: () => probeKvm(),
  guestNetwork: ({ network }) => (network === "bridge" ? userNetwork() : null),
  vmmArguments,
};

function vmmArguments(spec: VmSpec): string[] {
  const { runtimeFiles } = spec;
  const tsi = spec.network === "tsi";
  return [
    "krun",
    ...["--libkrun", runtimeFiles.libkrun],
    ...["--cmdline", `reboot=k nomodule no-kvmapf ${KERNEL_ARGUMENTS}${tsi ? " tsi_hijack" : ""}`],
    ...["--cpus", String(spec.vcpus)],
    ...["--memory", String(spec.memoryMb)],
    ...diskArguments(spec),
    ...["--net", spec.network],
    ...socketArguments(spec),
    ...(spec.network === "bridge" ? bridgeArguments(runtimeFiles, ETHERNET_MTU) : []),
    ...volumeArguments(spec.volumes),
  ];
}
