import type { NetworkMode } from "../../config/syntax/network.js";
import type { PortBinding } from "../../config/syntax/port.js";
import type { GuestNetwork } from "../../net/guest-network.js";
import { ipv6Interface } from "../../net/guest-network.js";
import type { RuntimeFiles } from "../runtime-files.js";

/** A volume, and its name in the share that the guest sees. */
export interface SharedVolume {
  name: string;
  /** Absolute path of a directory or file on the host. */
  source: string;
  readOnly: boolean;
}

/** The machine to start. A driver turns it into a command line for `box-vmm`. */
export interface VmSpec {
  runtimeFiles: RuntimeFiles;
  vcpus: number;
  memoryMb: number;
  /** Maximum size of the writable layer. */
  diskMb: number;
  /** VMDK descriptor of the image. */
  imageDisk: string;
  /** Raw ext4 file of the writable layer. */
  writableDisk: string;
  /** Attach the writable layer read-only: the guest keeps its writes in memory. */
  writableDiskReadOnly: boolean;
  /** The writable layer is new, has the default size, and is deleted when the box ends, as that of most boxes. */
  blankLayer: boolean;
  /** Flushes by the guest must reach the disk. */
  persistent: boolean;
  volumes: SharedVolume[];
  network: NetworkMode;
  ports: PortBinding[];
  /** The guest may reach the host's loopback. */
  allowHost: boolean;
  /** A resolver on the host's loopback that the guest may use, at RESOLVER. */
  resolver?: string;
  logLevel: "debug" | "info" | "warn" | "error";
}

/** How to start a VM. */
export type Start =
  /** `console`: what descriptor 1 is. */
  | { kind: "boot"; console: "pipe" | "socket" }
  /** Continues the VM saved in the template in this directory. `made`: identifies it (src/vm/template/store.ts). */
  | { kind: "thaw"; folder: string; made: string };

/** Starting VMs from templates (src/vm/template). */
export interface TemplateSupport {
  /** Returns the path of the program that saves and continues VMs. */
  findProgram(runtimeFiles: RuntimeFiles): Promise<string | undefined>;
  /**
   * Returns the reason why no template can be used for a VM; undefined if one can.
   * @param program the one that `findProgram` has found
   * @param templates the directory of all templates
   */
  obstacle(spec: VmSpec, program: string, templates: string): Promise<string | undefined>;
  /**
   * Returns the arguments for `box-vmm freeze` to save a VM, with a writable layer if those of its copies are blank. They depend only on those parts of the machine that all VMs of a
   * template have in common.
   */
  freezeArguments(spec: VmSpec): string[];
}

export type Usability = { usable: true } | { usable: false; reason: string; hint: string };

/** Interface between a box and a virtual machine monitor. Drivers do not depend on each other. */
export interface Driver {
  name: "krun" | "qemu";
  /** Checks whether the driver can run on this host; if not, says why and what to do. Must not start anything. */
  probe(runtimeFiles: RuntimeFiles): Promise<Usability>;
  /** Returns the arguments for `box-vmm` to run the VMM (docs/vmm-helper.md). */
  vmmArguments(spec: VmSpec, start: Start): string[];
  /** Whether the guest's processors are emulated: a start then takes a processor of the host for a second or more. */
  emulates: boolean;
  /** Undefined if the driver always boots. */
  templates?: TemplateSupport;
  guestNetwork(spec: Pick<VmSpec, "network">): GuestNetwork | null;
  /** How long a boot may show no sign of life, in milliseconds, on the slowest host that it is meant for. */
  bootLimitMs: number;
}

/**
 * Kernel command line for both drivers, to which each adds what its machine needs. The second line skips things that slow
 * down every boot and that no box uses: the dummy network interface, the self-test of an additional entropy source, and
 * SELinux, for which no box has a policy. Loop devices stay, for privileged boxes.
 */
export const KERNEL_ARGUMENTS =
  "panic=-1 console=hvc0 quiet root=/dev/vda rootfstype=erofs init=/init " +
  "dummy.numdummies=0 initcall_blacklist=jent_mod_init lsm=capability";

/** `box-vmm`'s options for volumes, the same on both drivers (docs/vmm-helper.md). */
export function volumeArguments(volumes: SharedVolume[]): string[] {
  return volumes.flatMap(({ source, name, readOnly }) => ["--volume", readOnly ? "ro" : "rw", source, name]);
}

/** `box-vmm`'s options for the kernel and the disks vda, vdb and vdc, in order. With QEMU they become visible in its jail. */
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

/** `box-vmm`'s options for the guest's sockets, the same on both drivers. An empty address means all addresses. */
export function socketArguments({ ports, allowHost, resolver }: VmSpec): string[] {
  return [
    ...ports.flatMap(({ protocol, address, hostPort, guestPort }) => [
      ...["--publish", protocol, address === "" ? "*" : address],
      ...[String(hostPort), String(guestPort)],
    ]),
    ...(allowHost ? ["--allow-host"] : []),
    ...(resolver === undefined ? [] : ["--resolver", resolver]),
  ];
}

/** `box-vmm`'s options for box's network process. @param mtu of the guest's interface, in bytes */
export function bridgeArguments({ networkProcess, libslirp }: RuntimeFiles, mtu: number): string[] {
  const ipv6 = ipv6Interface() === undefined ? [] : ["--ipv6"];
  return ["--bridge", networkProcess, libslirp, String(mtu), ...ipv6];
}
