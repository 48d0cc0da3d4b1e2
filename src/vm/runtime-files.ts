import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { BoxError } from "../errors.js";
import type { Home } from "../host/home.js";
import { isUsable } from "../host/read.js";

/** What a box is started with: absolute paths. */
export interface RuntimeFiles {
  /** libkrun's shared library. */
  libkrun: string;
  /** The guest kernel, as the ELF file that both drivers boot. */
  kernel: string;
  /** EROFS image with the agent as /init. */
  bootDisk: string;
  /** native/vmm. */
  vmmHelper: string;
  /** Bundle of src/vm/monitor. */
  monitor: string;
  /** Network policy for QEMU, loaded before its own libraries. */
  netPreload: string;
  /** What Debian 12's virtiofsd lacks, loaded before its own libraries. */
  sharePreload: string;
  virtiofsd: string;
  /** native/seccomp, and the rules of the default profile. */
  seccompCompiler: string;
  seccompRules: string;
  /** Folders in which programs are looked for, as PATH has them. */
  searchPath: string;
}

const SYSTEM_LIBRARIES = [
  "/usr/local/lib64",
  "/usr/local/lib",
  "/usr/lib64",
  "/usr/lib/x86_64-linux-gnu",
  "/usr/lib",
];
/** Debian 13, Fedora and others, then Arch, then Debian 12. */
export const VIRTIOFSD: readonly string[] = [
  "/usr/libexec/virtiofsd",
  "/usr/lib/virtiofsd",
  "/usr/lib/qemu/virtiofsd",
];

async function firstOf(paths: readonly string[]): Promise<string | undefined> {
  for (const path of paths) {
    if (await isUsable(path)) return path;
  }
  return undefined;
}

async function demand(...paths: string[]): Promise<string> {
  const found = await firstOf(paths);
  if (found !== undefined) return found;
  throw new BoxError("engine-missing", `a part of box is missing: ${paths.at(-1) ?? ""}`, {
    hint: "install box again; BOX_RUNTIME_FILES names another folder for its parts",
  });
}

/** The folder of this bundle: box's own programs are in it, and other parts beside it. */
export const installedIn = () => dirname(fileURLToPath(import.meta.url));

/**
 * Finds the parts that start a VM: those of `$BOX_RUNTIME_FILES` (formerly `$BOX_ENGINE_DIR`), then the system's own
 * libkrun, then what set-up has put beside this bundle.
 * @throws BoxError engine-missing
 */
export async function findRuntimeFiles(home: Home): Promise<RuntimeFiles> {
  const dist = installedIn();
  const native = join(dist, "native");
  const own = home.env["BOX_RUNTIME_FILES"] || home.env["BOX_ENGINE_DIR"];
  const fetched = join(dist, "..", "runtime-files");
  const part = (file: string, ...elsewhere: string[]) =>
    demand(...[...(own ? [own] : []), ...elsewhere, fetched].map((folder) => join(folder, file)));
  const [libkrun, kernel, bootDisk, vmmHelper, monitor, netPreload, sharePreload, virtiofsd] =
    await Promise.all([
      part("libkrun.so.1", ...SYSTEM_LIBRARIES),
      part("kernel.elf"),
      part("boot.erofs"),
      demand(join(native, "box-vmm")),
      demand(join(dist, "monitor.js")),
      demand(join(native, "libboxnet.so")),
      demand(join(native, "libboxshare.so")),
      firstOf(VIRTIOFSD),
    ]);
  // Only volumes need virtiofsd, and only under QEMU: the helper names it when it is not there.
  return {
    libkrun,
    kernel,
    bootDisk,
    vmmHelper,
    monitor,
    netPreload,
    sharePreload,
    virtiofsd: virtiofsd ?? VIRTIOFSD[0] ?? "",
    // Most boxes need neither.
    seccompCompiler: join(native, "box-seccomp"),
    seccompRules: join(native, "seccomp-default.rules"),
    searchPath: home.env["PATH"] ?? "",
  };
}
