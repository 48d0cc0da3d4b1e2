import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
const FOLDER = join(import.meta.dirname, "..", "..", "build", "erofs-utils");
/** Debian 12's erofs-utils 1.5 can only read images with blocks of 4096 bytes. This is the next release. */
const SUITE = "trixie";
const PACKAGES = [
  ...["erofs-utils", "libc6", "libdeflate0", "liblz4-1", "liblzma5", "libselinux1", "libpcre2-8-0"],
  ...["libuuid1", "libxxhash0", "libzstd1", "zlib1g"],
];

/**
 * Runs fsck.erofs on an index.
 * @param devices the tars it refers to; empty if `index` contains all data
 * @returns its output; rejects if it finds the image corrupted
 */
export async function fsck(index: string, devices: readonly string[], ...options: string[]): Promise<string> {
  const [program = "", ...args] = await findFsck();
  const { stdout, stderr } = await run(program, [
    ...args,
    ...devices.map((device) => `--device=${device}`),
    ...options,
    index,
  ]);
  return stdout + stderr;
}

let found: Promise<string[]> | undefined;

/** The system's if it can read blocks of 512 bytes, otherwise a downloaded one that is kept in build/. */
function findFsck(): Promise<string[]> {
  found ??= (async () => {
    const { stdout } = await run("fsck.erofs", ["--version"]).catch(() => ({ stdout: "" }));
    const [, major = "0", minor = "0"] = /([0-9]+)\.([0-9]+)/.exec(stdout) ?? [];
    if (Number(major) > 1 || Number(minor) >= 7) return ["fsck.erofs"];
    if (!existsSync(FOLDER)) await fetchPackages();
    const root = join(FOLDER, "usr");
    const loader = join(root, "lib64", "ld-linux-x86-64.so.2");
    return [loader, "--library-path", join(root, "lib", "x86_64-linux-gnu"), join(root, "bin", "fsck.erofs")];
  })();
  return found;
}

/** Unpacks the newer Debian's packages into a directory, from this system's mirror; installs nothing. */
async function fetchPackages(): Promise<void> {
  await mkdir(join(FOLDER, ".."), { recursive: true });
  const work = await mkdtemp(`${FOLDER}.`);
  try {
    const { stdout } = await run("apt-get", ["indextargets", "--format", "$(REPO_URI)", "Origin: Debian"]);
    const mirror = stdout.split("\n").find((uri) => /\/debian\/?$/.test(uri));
    if (mirror === undefined)
      throw new Error("apt knows no Debian mirror to fetch erofs-utils 1.7 or later from");
    const keys = "/usr/share/keyrings/debian-archive-keyring.gpg";
    await writeFile(join(work, "sources.list"), `deb [signed-by=${keys}] ${mirror} ${SUITE} main\n`);
    for (const name of ["lists/partial", "cache/archives/partial", "debs", "root"]) {
      await mkdir(join(work, name), { recursive: true });
    }
    const apt = (...args: string[]) =>
      run(
        "apt-get",
        [
          ...[
            "-q",
            "-o",
            `Dir::Etc::sourcelist=${join(work, "sources.list")}`,
            "-o",
            "Dir::Etc::sourceparts=/dev/null",
          ],
          ...["-o", `Dir::State::lists=${join(work, "lists")}`, "-o", `Dir::Cache=${join(work, "cache")}`],
          ...["-o", "APT::Sandbox::User=root", "-o", "Debug::NoLocking=1", ...args],
        ],
        { cwd: join(work, "debs") },
      );
    await apt("update");
    await apt("download", ...PACKAGES.map((name) => `${name}:amd64`));
    await run("sh", ["-c", "for deb in debs/*.deb; do dpkg-deb -x $deb root || exit 1; done"], { cwd: work });
    await rename(join(work, "root"), FOLDER);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}
