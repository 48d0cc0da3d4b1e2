// The minimum on this host: the smallest caller of the same VMM with the same kernel, CPUs and memory and, under QEMU, the
// same kernel arguments, whose guest runs one command and exits.
import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { ROOT, WORK } from "../images.js";

function makeDisk() {
  const tree = join(WORK, "floor");
  mkdirSync(join(tree, "dev"), { recursive: true });
  const init = [join(tree, "init"), join(import.meta.dirname, "init.c")];
  execFileSync("musl-gcc", ["-static", "-Os", "-s", "-o", ...init]);
  const disk = join(WORK, "floor.erofs");
  execFileSync("mkfs.erofs", ["-x", "-1", disk, tree], { stdio: "ignore" });
  return disk;
}

/**
 * Returns the command for it.
 * @param {string} vmm
 * @param {{ cpus: number, memoryMb: number, cmdline: string }} box the machine of a box; `cmdline`: its kernel's
 */
export function floorCommand(vmm, { cpus, memoryMb, cmdline }) {
  const disk = makeDisk();
  const kernel = join(ROOT, "runtime-files", "kernel.elf");
  if (vmm === "krun") {
    const options = ["--libkrun", join(ROOT, "runtime-files", "libkrun.so.1"), "--kernel", kernel];
    const machine = ["--cpus", String(cpus), "--memory", String(memoryMb)];
    const words =
      "reboot=k nomodule no-kvmapf panic=-1 console=hvc0 quiet root=/dev/vda rootfstype=erofs init=/init";
    return [
      ...[join(ROOT, "dist", "native", "box-vmm"), "krun", ...options, "--cmdline", words],
      ...[...machine, "--disk", "ro", "raw", disk, "--net", "none"],
    ];
  }
  // Those for devices are added by QEMU.
  const words = cmdline.split(" ").filter((word) => !word.startsWith("virtio_mmio."));
  return [
    ...["qemu-system-x86_64", "-M", "microvm,acpi=off", "-global", "virtio-mmio.force-legacy=false"],
    ...["-accel", "tcg,thread=single", "-cpu", "max,svm=off,erms=off,fsrm=off"],
    ...["-smp", String(cpus), "-m", `${memoryMb}M`],
    ...["-nodefaults", "-no-user-config", "-display", "none", "-no-reboot"],
    ...["-kernel", kernel, "-append", words.join(" ")],
    ...["-drive", `id=boot,if=none,format=raw,file=${disk},readonly=on`],
    ...["-device", "virtio-blk-device,drive=boot"],
  ];
}
