import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, existsSync, ftruncateSync, openSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { LabFailure } from "./failure.js";

/** The path in Debian 12, and that of later releases. */
const VIRTIOFSD = ["/usr/lib/qemu/virtiofsd", "/usr/libexec/virtiofsd"];
const QEMU = "qemu-system-x86_64";
const MKE2FS = [
  "/sbin/mke2fs",
  "-q",
  "-F",
  "-m",
  "0",
  "-O",
  "^has_journal",
  "-E",
  "lazy_itable_init=1,nodiscard",
];
const DATA_DISK_BYTES = 32 * 2 ** 30; // sparse
/** The machine's ports /dev/vport0p1 … 5. Port n is QEMU's descriptor n + 2. */
const PORTS = ["request", "status", "stdin", "stdout", "stderr"];
/** QEMU's descriptor of its monitor. */
const MONITOR = PORTS.length + 3;
/** Kills a child when this process dies, however it dies. */
const DIE_WITH_ME = ["setpriv", "--pdeathsig", "KILL", "--"];

/**
 * Shares the host's root read-only through virtiofsd, except for two directories: that of the run, with the socket, and
 * the one for results. Uses its own mount namespace, so that nothing remains to be unmounted.
 */
const SHARE = `
  set -e
  mount --bind . .
  mount --bind "$1" "$1"
  mount -t tmpfs run /run
  mount -o remount,bind,ro /
  cd "$PWD"
  exec "$2" --socket-path=root.sock -f -o source=/,sandbox=chroot,cache=always,no_xattr,log_level=info`;

/**
 * @typedef {{
 *   process: import("node:child_process").ChildProcess,
 *   ports: Record<"request" | "status" | "stdin" | "stdout" | "stderr", import("node:net").Socket>,
 *   monitor: import("node:net").Socket,
 *   ended: Promise<string>,
 * }} Machine `monitor` speaks QMP; `ended` resolves to the standard error of QEMU
 */

/**
 * Serves the host's files to one machine, and exits with it.
 *
 * @param {string} folder the run's directory; the socket `root.sock` appears in it
 * @param {string} out the directory that the machine may write to
 */
export async function startShare(folder, out) {
  const virtiofsd = VIRTIOFSD.find((path) => existsSync(path));
  if (virtiofsd === undefined)
    throw new LabFailure("there is no virtiofsd", "as root: apt-get install qemu-system-common");
  const namespaces = process.getuid?.() === 0 ? ["--mount"] : ["--mount", "--map-root-user"];
  const [command, ...args] = ["unshare", ...namespaces, "--", ...DIE_WITH_ME, "sh", "-c", SHARE, "sh", out];
  const child = spawn(command, [...args, virtiofsd], { cwd: folder, stdio: ["ignore", "ignore", "pipe"] });
  let last = "";
  for await (const line of createInterface({ input: child.stderr })) {
    if (line.includes("Waiting for vhost-user socket connection")) {
      child.stderr.resume();
      return child;
    }
    last = line;
  }
  throw new LabFailure(`virtiofsd did not start: ${last}`);
}

/**
 * @param {string} folder the run's directory, with `root.sock`
 * @param {import("./kernel.js").Kernel} kernel
 * @param {string} console where the kernel's console output goes
 * @param {number} memoryMb
 * @returns {Promise<Machine>}
 */
export async function startMachine(folder, kernel, console, memoryMb) {
  if (!process.env["PATH"]?.split(":").some((bin) => existsSync(join(bin, QEMU))))
    throw new LabFailure(`${QEMU} is not installed`, "as root: apt-get install qemu-system-x86");
  await makeDataDisk(join(folder, "data.ext4"));
  const [command = "", ...args] = [...DIE_WITH_ME, QEMU, ...qemuArguments(kernel, console, memoryMb)];
  /** @type {import("node:child_process").StdioOptions} */
  const stdio = ["ignore", "ignore", "pipe", ...PORTS.map(() => /** @type {const} */ ("pipe")), "pipe"];
  const child = spawn(command, args, { cwd: folder, stdio });
  const sockets = PORTS.map((name, index) => [name, child.stdio[index + 3]]);
  const ports = /** @type {Machine["ports"]} */ (Object.fromEntries(sockets));
  const monitor = /** @type {Machine["monitor"]} */ (child.stdio[MONITOR]);
  let complaint = "";
  child.stderr?.on("data", (/** @type {Buffer} */ chunk) => {
    complaint = (complaint + chunk.toString()).slice(-2000);
  });
  const ended = new Promise((resolve) => {
    child.once("error", (error) => resolve(error.message));
    child.once("close", () => resolve(complaint.trim()));
  });
  for (const port of [...Object.values(ports), monitor]) port.on("error", () => {}); // `ended` reports the end of QEMU
  return { process: child, ports, monitor, ended };
}

/** @param {string} path */
async function makeDataDisk(path) {
  const file = openSync(path, "wx");
  ftruncateSync(file, DATA_DISK_BYTES);
  closeSync(file);
  const [command = "", ...args] = MKE2FS;
  const child = spawn(command, [...args, path], { stdio: ["ignore", "ignore", "inherit"] });
  const [code] = /** @type {[number | null]} */ (await once(child, "close"));
  if (code !== 0) throw new LabFailure("mke2fs failed", "as root: apt-get install e2fsprogs");
}

/**
 * @param {import("./kernel.js").Kernel} kernel
 * @param {string} console
 * @param {number} memoryMb
 */
function qemuArguments({ kernel, initramfs }, console, memoryMb) {
  // init_on_alloc=1: virtiofsd writes files into the machine's memory behind QEMU's back. Without it, a page that held
  // code would keep its translation until the machine itself writes to it. mitigations=off, nokaslr, audit=0: skip work
  // that only machines with secrets need. tsc: reading any other clock goes through QEMU's device emulation.
  // nohz=off, highres=off: the timer is periodic. A kernel that arms it for each tick has hung while a guest of its own ran:
  // no tick came any more.
  // unknown_nmi_panic, panic_print=1, log_buf_len: examine.js has the kernel list its tasks.
  const cmdline =
    "console=ttyS0 quiet loglevel=5 panic=-1 mitigations=off nokaslr init_on_alloc=1 audit=0 " +
    "tsc=reliable clocksource=tsc no_timer_check nohz=off highres=off " +
    "unknown_nmi_panic panic_print=1 log_buf_len=8M";
  const ports = PORTS.flatMap((name, index) => [
    ...["-chardev", `socket,id=${name},fd=${index + 3}`],
    ...["-device", `virtserialport,chardev=${name},nr=${index + 1},name=lab.${name}`],
  ]);
  return [
    // One CPU: up to 8.0, QEMU's multi-threaded emulation has a race in which a CPU keeps executing kernel code that
    // another has patched. Guests with two CPUs then hang or die of "Oops: int3" in one boot of ten.
    ...["-machine", "q35,memory-backend=memory", "-accel", "tcg", "-cpu", "EPYC,svm=on,npt=on"],
    ...["-smp", "1", "-m", String(memoryMb)],
    ...["-object", `memory-backend-memfd,id=memory,size=${memoryMb}M,share=on`],
    ...["-nodefaults", "-no-user-config", "-display", "none", "-no-reboot"],
    ...["-chardev", `socket,id=monitor,fd=${MONITOR}`, "-mon", "chardev=monitor,mode=control"],
    ...["-kernel", kernel, "-initrd", initramfs, "-append", cmdline],
    ...["-chardev", `file,id=console,path=${console}`, "-device", "isa-serial,chardev=console"],
    // The first virtio device, so that its ports are /dev/vport0p….
    ...["-device", "virtio-serial-pci", ...ports],
    ...["-chardev", "socket,id=root,path=root.sock", "-device", "vhost-user-fs-pci,chardev=root,tag=host"],
    // werror: when the host's disk is full, the machine goes on, and its kernel says so.
    ...["-drive", "if=none,id=data,format=raw,file=data.ext4,cache=unsafe,discard=unmap,werror=report"],
    ...["-device", "virtio-blk-pci,drive=data", "-device", "virtio-rng-pci"],
  ];
}
