import { delimiter, join } from "node:path";
import { isUsable } from "../../../host/read.js";
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

export const BINARY = "qemu-system-x86_64";

/**
 * no_timer_check: on a loaded host the emulated timer may not tick while the kernel checks it, which would be a panic.
 * lpj: skips the calibration of delay loops, which takes 50 ms per CPU. The value is that of a 2 GHz TSC; emulated devices
 * tolerate delays that are off by a factor of two.
 */
const MACHINE_ARGUMENTS = "reboot=t no_timer_check lpj=8000000";

/**
 * virtiofsd writes to the guest's memory without QEMU noticing. For a page that used to hold code, QEMU would keep
 * executing its old translation after a file has been read into the page, unless the guest itself writes to the page in
 * between. With this option the guest does so whenever it allocates a page.
 */
const SHARE_ARGUMENTS = " init_on_alloc=1";

/** QEMU's microvm machine with emulation (TCG): runs without KVM. */
export const qemu: Driver = {
  name: "qemu",
  bootLimitMs: 180_000,
  probe: async ({ searchPath }) => {
    const folders = searchPath.split(delimiter);
    const found = await Promise.all(folders.map((folder) => isUsable(join(folder, BINARY))));
    if (found.includes(true)) return { usable: true };
    return {
      usable: false,
      reason: `${BINARY} is not installed`,
      hint: "install QEMU for x86-64",
    };
  },
  guestNetwork: ({ network }) => (network === "none" ? null : userNetwork()),
  vmmArguments,
};

/** Commas separate values in QEMU's options; a literal comma is doubled. */
function quote(value: string): string {
  return value.replaceAll(",", ",,");
}

function disk(id: string, format: string, path: string, options: string): string[] {
  return [
    ...["-drive", `id=${id},if=none,format=${format},file=${quote(path)},${options}`],
    ...["-device", `virtio-blk-device,drive=${id}`],
  ];
}

/** MTU of the guest's interface (native/network/frames.h): fewer and larger frames are faster. */
const MTU = 65_500;

/** The network device, whose backend is box's network process: the helper has the stream to it at descriptor 5. */
function networkDevice({ network }: VmSpec): string[] {
  if (network === "none") return [];
  return [
    ...["-netdev", "stream,id=net,addr.type=fd,addr.str=5"],
    ...["-device", `virtio-net-device,netdev=net,host_mtu=${MTU}`],
  ];
}

function vmmArguments(spec: VmSpec): string[] {
  const { runtimeFiles, volumes } = spec;
  const forShare = volumes.length === 0 ? "" : SHARE_ARGUMENTS;
  return [
    "qemu",
    ...diskArguments(spec),
    ...(volumes.length === 0
      ? []
      : ["--virtiofsd", runtimeFiles.virtiofsd, "--share-preload", runtimeFiles.sharePreload]),
    ...volumeArguments(volumes),
    ...socketArguments(spec),
    ...(spec.network === "none" ? [] : bridgeArguments(runtimeFiles, MTU)),
    "--",
    BINARY,
    ...["-M", "microvm,acpi=off,memory-backend=m", "-global", "virtio-mmio.force-legacy=false"],
    // thread: before QEMU 8.1, with one thread per vCPU, a vCPU may run a stale translation of kernel text that another
    // one has just patched, and hang, in about one boot in ten.
    // svm: nested virtualization is useless under emulation, and initializing KVM in the guest takes 100 ms.
    ...["-accel", "tcg,thread=single", "-cpu", "max,svm=off", "-smp", String(spec.vcpus)],
    ...["-m", `${spec.memoryMb}M`],
    ...["-object", `memory-backend-memfd,id=m,size=${spec.memoryMb}M,share=on`],
    ...["-nodefaults", "-no-user-config", "-display", "none", "-no-reboot"],
    ...["-kernel", runtimeFiles.kernel, "-append", `${MACHINE_ARGUMENTS}${forShare} ${KERNEL_ARGUMENTS}`],
    // Slots are probed from last to first, so this is the order of /dev/vda, vdb and vdc.
    ...disk("boot", "raw", runtimeFiles.bootDisk, "readonly=on"),
    ...disk("image", "vmdk", spec.imageDisk, "readonly=on"),
    // werror: report a full disk to the guest. By default, QEMU pauses the guest.
    ...disk(
      "upper",
      "raw",
      spec.writableDisk,
      spec.writableDiskReadOnly
        ? "readonly=on"
        : `discard=unmap,werror=report,cache=${spec.persistent ? "writeback" : "unsafe"}`,
    ),
    ...["-device", "virtio-serial-device"],
    ...["-chardev", "file,id=console,path=/dev/fd/1", "-device", "virtconsole,chardev=console"],
    ...["-chardev", "socket,id=agent,fd=3", "-device", "virtserialport,chardev=agent,name=box.agent"],
    ...networkDevice(spec),
    ...(volumes.length === 0
      ? []
      : [
          // The helper's connection to virtiofsd (docs/vmm-helper.md).
          ...["-chardev", "socket,id=volumes,fd=4"],
          ...["-device", "vhost-user-fs-device,chardev=volumes,tag=volumes"],
        ]),
  ];
}
