import { delimiter, join } from "node:path";
import { isUsable } from "../../../host/read.js";
import { RESOLVER, userNetwork } from "../../../net/guest-network.js";
import { loopbackAliases } from "../../../net/loopback-alias.js";
import {
  KERNEL_ARGUMENTS,
  diskArguments,
  networkArguments,
  volumeArguments,
  type Driver,
  type VmSpec,
} from "../driver.js";

const BINARY = "qemu-system-x86_64";

/**
 * no_timer_check: a loaded host can keep the emulated timer from ticking while the kernel checks it; it would panic.
 * lpj: each processor would measure for a twentieth of a second how long it takes to wait for a microsecond. It is what a
 * TSC of 2 GHz gives; no emulated device minds being waited for half or twice as long.
 */
const MACHINE_ARGUMENTS = "reboot=t no_timer_check lpj=8000000";

/**
 * virtiofsd writes into the guest's memory behind QEMU's back. Of a page that held a program before, QEMU would go on
 * executing its translation of that one, whatever has been read into the page since; unless the guest itself has written
 * to it in between, which it does with every page that it takes.
 */
const SHARE_ARGUMENTS = " init_on_alloc=1";

/** QEMU's microvm machine under emulation: runs where there is no KVM at all. */
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

/** A comma ends a value in QEMU's options; doubled, it stands for itself. */
function quote(value: string): string {
  return value.replaceAll(",", ",,");
}

function disk(id: string, format: string, path: string, options: string): string[] {
  return [
    ...["-drive", `id=${id},if=none,format=${format},file=${quote(path)},${options}`],
    ...["-device", `virtio-blk-device,drive=${id}`],
  ];
}

/** The network device and, behind it, QEMU's user-mode network or passt, whose stream the helper has at descriptor 5. */
function networkDevice({ network, ports }: VmSpec): string[] {
  if (network === "none") return [];
  const { gateway, ipv6 } = userNetwork();
  const forwards = loopbackAliases(ports).map(
    ({ protocol, address, port, guestPort }) => `,hostfwd=${protocol}:${address}:${port}-:${guestPort}`,
  );
  const user = `user,id=net,ipv4=on,host=${gateway},dns=${RESOLVER},ipv6=${ipv6 ? `on,ipv6-net=${ipv6.gateway}/64,ipv6-host=${ipv6.gateway}` : "off"}`;
  return [
    ...["-netdev", network === "bridge" ? "stream,id=net,addr.type=fd,addr.str=5" : user + forwards.join("")],
    ...["-device", "virtio-net-device,netdev=net"],
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
    ...networkArguments(spec),
    "--",
    BINARY,
    ...["-M", "microvm,acpi=off,memory-backend=m", "-global", "virtio-mmio.force-legacy=false"],
    // Before QEMU 8.1 a vCPU may run a stale translation of kernel text that another has just patched, and hang: about
    // one boot in ten with a thread for each vCPU.
    // svm: emulated processors that emulate virtual machines help nobody, and KVM prepares itself for a tenth of a second.
    ...["-accel", "tcg,thread=single", "-cpu", "max,svm=off", "-smp", String(spec.vcpus)],
    ...["-m", `${spec.memoryMb}M`],
    ...["-object", `memory-backend-memfd,id=m,size=${spec.memoryMb}M,share=on`],
    ...["-nodefaults", "-no-user-config", "-display", "none", "-no-reboot"],
    ...["-kernel", runtimeFiles.kernel, "-append", `${MACHINE_ARGUMENTS}${forShare} ${KERNEL_ARGUMENTS}`],
    // Slots are probed from the last to the first, so the order here is that of /dev/vda, vdb, vdc.
    ...disk("boot", "raw", runtimeFiles.bootDisk, "readonly=on"),
    ...disk("image", "vmdk", spec.imageDisk, "readonly=on"),
    // werror: a full disk is the guest's to know; by itself QEMU would stop the whole guest and wait.
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
