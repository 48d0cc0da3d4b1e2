import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { BoxError } from "../errors.js";
import type { Home } from "../host/home.js";
import { isUsable } from "../host/read.js";

/** The files with which boxes are started, as absolute paths. */
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
  /** native/network, and the library that it loads; empty if this is not installed. */
  networkProcess: string;
  libslirp: string;
  /** Features missing from Debian 12's virtiofsd, preloaded before its libraries. */
  sharePreload: string;
  /** For VMs that continue a template: lets QEMU open its memory only for reading. */
  memoryPreload: string;
  virtiofsd: string;
  /** The guest agent, for other boot disks. */
  agent: string;
  /** native/seccomp, and the rules of the default profile. */
  seccompCompiler: string;
  seccompRules: string;
  /** Search path for programs, as in PATH. */
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

/** Where libslirp may be installed. */
export const LIBSLIRP: readonly string[] = SYSTEM_LIBRARIES.map((folder) => join(folder, "libslirp.so.0"));

/** Returns the first of these paths that exists. */
export async function firstOf(paths: readonly string[]): Promise<string | undefined> {
  for (const path of paths) {
    if (await isUsable(path)) return path;
  }
  return undefined;
}

/** Returns the first of these paths that is a file. @throws BoxError engine-missing */
export async function demand(...paths: string[]): Promise<string> {
  const found = await firstOf(paths);
  if (found !== undefined) return found;
  throw new BoxError("engine-missing", `a part of box is missing: ${paths.at(-1) ?? ""}`, {
    hint: "reinstall box, or set BOX_RUNTIME_FILES to another directory with its runtime files",
  });
}

/** The directory of this bundle, which contains box's own programs. Other parts are next to it. */
export const installedIn = () => dirname(fileURLToPath(import.meta.url));

/**
 * Where the runtime files may be, in order: in `$BOX_RUNTIME_FILES` (formerly `$BOX_ENGINE_DIR`), then in the system's
 * library directories (libkrun), then next to this bundle, where the setup script puts them.
 */
export function placesOf({ env }: Home): Record<"libkrun" | "kernel" | "bootDisk", string[]> {
  const own = env["BOX_RUNTIME_FILES"] || env["BOX_ENGINE_DIR"];
  const fetched = join(installedIn(), "..", "runtime-files");
  const places = (file: string, ...elsewhere: string[]) =>
    [...(own ? [own] : []), ...elsewhere, fetched].map((folder) => join(folder, file));
  return {
    libkrun: places("libkrun.so.1", ...SYSTEM_LIBRARIES),
    kernel: places("kernel.elf"),
    bootDisk: places("boot.erofs"),
  };
}

/** Finds the runtime files. @throws BoxError engine-missing */
export async function findRuntimeFiles(home: Home): Promise<RuntimeFiles> {
  const dist = installedIn();
  const native = join(dist, "native");
  const places = placesOf(home);
  const [libkrun, kernel, bootDisk, vmmHelper, monitor, sharePreload, virtiofsd, libslirp] =
    await Promise.all([
      demand(...places.libkrun),
      demand(...places.kernel),
      demand(...places.bootDisk),
      demand(join(native, "box-vmm")),
      demand(join(dist, "monitor.js")),
      demand(join(native, "libboxshare.so")),
      firstOf(VIRTIOFSD),
      firstOf(LIBSLIRP),
    ]);
  // Only some boxes need the last two (require-parts.ts).
  return {
    libkrun,
    kernel,
    bootDisk,
    vmmHelper,
    monitor,
    sharePreload,
    memoryPreload: join(native, "libboxmemory.so"),
    virtiofsd: virtiofsd ?? VIRTIOFSD[0] ?? "",
    libslirp: libslirp ?? "",
    // Most boxes need none of these.
    networkProcess: join(native, "box-network"),
    agent: join(native, "agent"),
    seccompCompiler: join(native, "box-seccomp"),
    seccompRules: join(native, "seccomp-default.rules"),
    searchPath: home.env["PATH"] ?? "",
  };
}
