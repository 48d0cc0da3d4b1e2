import { execFile } from "node:child_process";
import { copyFile, mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { BUILD, buildLister } from "./listing.js";

const run = promisify(execFile);
const KERNEL = join(import.meta.dirname, "..", "..", "runtime-files", "kernel.elf");

/** microvm has 8 virtio slots: one for the boot disk, one for the serial port. */
export const MAX_DISKS = 6;

/**
 * Boots the guest kernel once, mounts each disk as EROFS and lists its tree.
 * @param disks VMDK descriptors, at most MAX_DISKS
 * @returns the lines of list-tree, for each disk
 */
export async function listInGuest(disks: readonly string[]): Promise<string[][]> {
  const folder = await mkdtemp(join(BUILD, "boot-"));
  try {
    const output = join(folder, "output");
    const console = await boot(disks, await makeBootDisk(folder), output);
    const lines = (await readFile(output, "latin1")).split("\n");
    if (!lines.includes("all"))
      throw new Error(`the guest did not finish; its console ended with:\n${console.slice(-2000)}`);
    return disks.map((_, i) => {
      const start = lines.indexOf(`disk /dev/vd${String.fromCharCode("b".charCodeAt(0) + i)}`);
      return lines.slice(start + 1, lines.indexOf("end", start));
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function makeBootDisk(folder: string): Promise<string> {
  const tree = join(folder, "tree");
  for (const name of ["dev", "mnt", "proc"]) await mkdir(join(tree, name), { recursive: true });
  await copyFile(await buildLister(), join(tree, "init"));
  const disk = join(folder, "boot.erofs");
  await run("mkfs.erofs", [disk, tree]);
  return disk;
}

async function boot(disks: readonly string[], bootDisk: string, output: string): Promise<string> {
  const drive = (file: string, format: string, i: number) => [
    ...["-drive", `id=d${i},if=none,readonly=on,format=${format},file=${file.replaceAll(",", ",,")}`],
    ...["-device", `virtio-blk-device,drive=d${i}`],
  ];
  const { stdout } = await run(
    "qemu-system-x86_64",
    [
      ...[
        "-M",
        "microvm,acpi=off",
        "-global",
        "virtio-mmio.force-legacy=false",
        "-accel",
        "tcg",
        "-cpu",
        "max",
      ],
      ...["-m", "512", "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot", "-kernel", KERNEL],
      ...["-append", "console=hvc0 quiet reboot=t panic=-1 root=/dev/vda rootfstype=erofs init=/init"],
      ...drive(bootDisk, "raw", 0),
      ...disks.flatMap((disk, i) => drive(disk, "vmdk", i + 1)),
      ...[
        "-device",
        "virtio-serial-device",
        "-chardev",
        "stdio,id=console",
        "-device",
        "virtconsole,chardev=console",
      ],
      ...["-chardev", `file,id=out,path=${output}`],
      ...["-device", "virtserialport,chardev=out,name=listing"],
    ],
    { maxBuffer: 2 ** 26, encoding: "latin1" },
  );
  return stdout;
}
