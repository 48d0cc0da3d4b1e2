import type { NetworkMode } from "../../config/syntax/network.js";
import type { PortBinding } from "../../config/syntax/port.js";
import type { GuestNetwork } from "../../net/guest-network.js";
import { passtArguments } from "../../net/passt.js";
import type { RuntimeFiles } from "../runtime-files.js";

/** A volume and the name under which the share shows it to the guest. */
export interface SharedVolume {
  name: string;
  /** Absolute path of a folder or file of the host. */
  source: string;
  readOnly: boolean;
}

/** The machine to start: what a driver turns into a command line for `box-vmm`. */
export interface VmSpec {
  runtimeFiles: RuntimeFiles;
  vcpus: number;
  memoryMb: number;
  /** Size of the writable layer. */
  diskMb: number;
  /** VMDK descriptor of the image. */
  imageDisk: string;
  /** Raw ext4 file of the writable layer. */
  writableDisk: string;
  /** It is only read: what the guest writes stays in its memory. */
  writableDiskReadOnly: boolean;
  /** What the guest has been told to be on the writable layer's disk has to be there. */
  persistent: boolean;
  volumes: SharedVolume[];
  network: NetworkMode;
  ports: PortBinding[];
  /** The guest may reach the host's loopback. */
  allowHost: boolean;
  /** A resolver on the host's loopback that the guest may ask under its name for it. */
  resolver?: string;
  logLevel: "debug" | "info" | "warn" | "error";
}

export type Usability = { usable: true } | { usable: false; reason: string; hint: string };

/** The contract between a box and a virtual machine monitor. Drivers know nothing of each other. */
export interface Driver {
  name: "krun" | "qemu";
  /** Whether the driver can run on this host, and if not, why and what to do about it. Must not start anything. */
  probe(runtimeFiles: RuntimeFiles): Promise<Usability>;
  /** Arguments of `box-vmm` that make it the VMM (docs/vmm-helper.md). */
  vmmArguments(spec: VmSpec): string[];
  guestNetwork(spec: Pick<VmSpec, "network">): GuestNetwork | null;
  /** How long a boot may show no sign of life, in milliseconds, on the slowest host that it is meant for. */
  bootLimitMs: number;
}

/**
 * Same kernel command line on both drivers, but for what their machines need. The second line leaves out what costs time
 * at every boot and nothing in a box uses: a network interface that leads nowhere, and the test of a source of randomness
 * beside the kernel's own. Loop devices stay: a privileged box has them.
 */
export const KERNEL_ARGUMENTS =
  "panic=-1 console=hvc0 quiet root=/dev/vda rootfstype=erofs init=/init " +
  "dummy.numdummies=0 initcall_blacklist=jent_mod_init";

/** `box-vmm`'s options for volumes, the same on both drivers (docs/vmm-helper.md). */
export function volumeArguments(volumes: SharedVolume[]): string[] {
  return volumes.flatMap(({ source, name, readOnly }) => ["--volume", readOnly ? "ro" : "rw", source, name]);
}

/** `box-vmm`'s options for the kernel and the disks, in order vda, vdb, vdc; under QEMU they are what its jail shows. */
export function diskArguments({
  runtimeFiles,
  imageDisk,
  writableDisk,
  writableDiskReadOnly,
}: VmSpec): string[] {
  return [
    ...["--kernel", runtimeFiles.kernel],
    ...["--disk", "ro", "raw", runtimeFiles.bootDisk],
    ...["--disk", "ro", "vmdk", imageDisk],
    ...["--disk", writableDiskReadOnly ? "ro" : "rw", "raw", writableDisk],
  ];
}

/** `box-vmm`'s options for the network, the same on both drivers; an empty address is every address. */
export function networkArguments({ runtimeFiles, network, ports, allowHost, resolver }: VmSpec): string[] {
  return [
    ...["--preload", runtimeFiles.netPreload],
    ...ports.flatMap(({ protocol, address, hostPort, guestPort }) => [
      ...["--publish", protocol, address === "" ? "*" : address],
      ...[String(hostPort), String(guestPort)],
    ]),
    ...(allowHost ? ["--allow-host"] : []),
    ...(resolver === undefined ? [] : ["--resolver", resolver]),
    ...(network === "bridge" ? passtArguments(ports).flatMap((word) => ["--passt", word]) : []),
  ];
}
