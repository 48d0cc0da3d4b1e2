import { LAYER_MARK } from "../../template/files.js";
import { KERNEL_ARGUMENTS, type Start, type VmSpec } from "../driver.js";

export const BINARY = "qemu-system-x86_64";

/** How QEMU starts. `freeze` boots a VM without the image of a box, and saves it as a template. */
type MachineStart = Start | { kind: "freeze" };

/**
 * no_timer_check: on a loaded host the emulated timer may not tick while the kernel checks it, which would be a panic.
 * lpj: skips the calibration of delay loops, which takes 50 ms per CPU. The value is that of a 2 GHz TSC; emulated devices
 * tolerate delays that are off by a factor of two.
 * spectre_v2=off: retpolines cost a tenth of the kernel's jumps, and protect nothing: the emulator translates them to the
 * indirect branches that they are meant to avoid.
 */
const MACHINE_ARGUMENTS = "reboot=t no_timer_check lpj=8000000 spectre_v2=off";

/**
 * virtiofsd writes to the guest's memory without QEMU noticing. For a page that used to hold code, QEMU would keep
 * executing its old translation after a file has been read into the page, unless the guest itself writes to the page in
 * between. With this option the guest does so whenever it allocates a page.
 */
const SHARE_ARGUMENTS = " init_on_alloc=1";

/**
 * The addresses and interrupts of the slots that QEMU gives to the devices of volumes, the next ones after those of `disks`,
 * the agent and the network: a template has the slots, which are empty, and each of its boxes the devices that it needs.
 */
const SHARE_SLOTS = " virtio_mmio.device=512@0xfeb00400:7 virtio_mmio.device=512@0xfeb00200:6";

/**
 * Size of the buffer for translated code, in MiB. When it is full, QEMU starts again with an empty one. Its default is up to
 * 1 GiB, which a box that runs many programs fills, although hardly any of that code ever runs again; with half as much as
 * here, a busy box takes a tenth more CPU time.
 */
const TRANSLATED_MB = 128;

/** MTU of the guest's interface (native/network/frames.h): fewer and larger frames are faster. */
export const MTU = 65_500;

/**
 * Stands for the disks that a template does not have yet. The guest reads a disk's size only once; file systems know
 * their own size, and QEMU refuses access beyond the end of the real disk.
 */
const PLACEHOLDER = "driver=null-co,size=1T,read-zeroes=on";

/** Commas separate values in QEMU's options; a literal comma is doubled. */
function quote(value: string): string {
  return value.replaceAll(",", ",,");
}

function disk(id: string, backend: string, options: string): string[] {
  return [
    ...["-drive", `id=${id},if=none,${backend},${options}`],
    ...["-device", `virtio-blk-device,drive=${id}`],
  ];
}

function disks(spec: VmSpec, { kind }: MachineStart): string[] {
  const file = (format: string, path: string) =>
    kind === "freeze" ? PLACEHOLDER : `format=${format},file=${quote(path)}`;
  // A blank layer is mounted before the VM is saved; boxes continue with copies of this one.
  const upper =
    kind === "freeze" && spec.blankLayer ? `format=raw,file=${LAYER_MARK}` : file("raw", spec.writableDisk);
  const cache = kind === "freeze" || !spec.persistent ? "unsafe" : "writeback";
  // werror: report a full disk to the guest. By default, QEMU pauses the guest.
  const writable = `discard=unmap,werror=report,cache=${cache}`;
  // The order of the devices is that of /dev/vda, vdb and vdc.
  return [
    ...disk("boot", `format=raw,file=${quote(spec.runtimeFiles.bootDisk)}`, "readonly=on"),
    ...disk("image", file("vmdk", spec.imageDisk), "readonly=on"),
    ...disk("upper", upper, spec.writableDiskReadOnly ? "readonly=on" : writable),
  ];
}

/**
 * The guest's memory, of a template at the helper's descriptor 10. Boxes that continue a template share its pages until
 * they write to them, unless they have volumes: then it is a copy, which virtiofsd can map, too. When a VM boots, only
 * memory that no other process maps can be in huge pages, which saves two of three page faults of the boot.
 */
function memory({ memoryMb, volumes }: VmSpec, start: MachineStart): string[] {
  if (start.kind === "boot") {
    const backend = volumes.length === 0 ? "ram" : "memfd,share=on";
    return ["-object", `memory-backend-${backend},id=m,size=${memoryMb}M`];
  }
  const share = start.kind === "freeze" || volumes.length > 0 ? "on" : "off";
  return ["-object", `memory-backend-file,id=m,size=${memoryMb}M,mem-path=/dev/fd/10,share=${share}`];
}

/**
 * The network device, whose backend is box's network process: the helper has the stream to it at descriptor 5. Templates
 * have the device, so without a network it has no backend, and the agent removes it.
 */
function network({ network: mode }: VmSpec, { kind }: MachineStart): string[] {
  const device = (...backend: string[]) => [
    "-device",
    ["virtio-net-device", ...backend, `host_mtu=${MTU}`].join(","),
  ];
  if (kind === "freeze" || (mode === "none" && kind === "thaw")) return device();
  return mode === "none" ? [] : ["-netdev", "stream,id=net,addr.type=fd,addr.str=5", ...device("netdev=net")];
}

/** The helper's connection to virtiofsd (docs/vmm-helper.md). */
function share({ volumes }: VmSpec, { kind }: MachineStart): string[] {
  if (volumes.length === 0 || kind === "freeze") return [];
  return [
    ...["-chardev", "socket,id=volumes,fd=4"],
    ...["-device", "vhost-user-fs-device,chardev=volumes,tag=volumes"],
  ];
}

function console(start: MachineStart): string {
  if (start.kind !== "boot") return "file,id=console,path=/dev/fd/9";
  return start.console === "socket" ? "socket,id=console,fd=1" : "file,id=console,path=/dev/fd/1";
}

/** Returns QEMU's command line, to which the helper adds what it needs to save a template or to continue it. */
export function commandLine(spec: VmSpec, start: MachineStart): string[] {
  const { runtimeFiles, volumes } = spec;
  const slots = start.kind === "freeze" ? SHARE_SLOTS : "";
  const forShare = volumes.length === 0 ? "" : `${SHARE_ARGUMENTS}${slots}`;
  return [
    BINARY,
    ...["-M", "microvm,acpi=off,memory-backend=m", "-global", "virtio-mmio.force-legacy=false"],
    // thread: before QEMU 8.1, with one thread per vCPU, a vCPU may run a stale translation of kernel text that another
    // one has just patched, and hang, in about one boot in ten.
    // svm: nested virtualization is useless under emulation, and initializing KVM in the guest takes 100 ms.
    // erms, fsrm: the guest would copy with `rep movsb`, which the emulator executes one byte at a time. Without them, it
    // copies eight bytes at a time, and its pipes and cached files are up to ten times as fast.
    ...["-accel", `tcg,thread=single,tb-size=${TRANSLATED_MB}`],
    ...["-cpu", "max,svm=off,erms=off,fsrm=off", "-smp", String(spec.vcpus)],
    ...["-m", `${spec.memoryMb}M`],
    ...memory(spec, start),
    ...["-nodefaults", "-no-user-config", "-display", "none", "-no-reboot"],
    ...["-kernel", runtimeFiles.kernel, "-append", `${MACHINE_ARGUMENTS}${forShare} ${KERNEL_ARGUMENTS}`],
    ...disks(spec, start),
    ...["-device", "virtio-serial-device"],
    ...["-chardev", console(start), "-device", "virtconsole,chardev=console"],
    ...["-chardev", "socket,id=agent,fd=3", "-device", "virtserialport,chardev=agent,name=box.agent"],
    ...network(spec, start),
    ...share(spec, start),
  ];
}
