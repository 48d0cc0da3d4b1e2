import { execFile, execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";

/**
 * The Debian suite to get each major version of cosign from; Debian 12 does not have it. It is a single, static program.
 * Version 2 stores signatures under a tag, version 3 in bundles that refer to the image.
 */
const SUITES = { 2: "trixie", 3: "testing" };
export type Major = keyof typeof SUITES;

/** Uses its own package lists, so that the host's do not change. */
function fetchFromDebian(folder: string, suite: string): void {
  for (const part of ["state/lists/partial", "cache/archives/partial"]) {
    mkdirSync(join(folder, part), { recursive: true });
  }
  const targets = ["indextargets", "--format", "$(REPO_URI) $(RELEASE)", "Created-By: Packages"];
  const mirror = execFileSync("apt-get", targets, { encoding: "utf8" })
    .split("\n")
    .find((line) => line !== "" && !/security|updates|backports/.test(line));
  const sources = join(folder, "sources.list");
  const keyring = "/usr/share/keyrings/debian-archive-keyring.gpg";
  writeFileSync(sources, `deb [signed-by=${keyring}] ${mirror?.split(" ")[0]} ${suite} main\n`);
  const config = join(folder, "apt.conf");
  writeFileSync(
    config,
    `Dir::Etc::sourcelist "${sources}";
Dir::Etc::sourceparts "/dev/null";
Dir::State "${join(folder, "state")}";
Dir::State::status "/var/lib/dpkg/status";
Dir::Cache "${join(folder, "cache")}";
APT::Sandbox::User "root";
`,
  );
  const options = { cwd: folder, env: { ...process.env, APT_CONFIG: config }, encoding: "utf8" as const };
  execFileSync("apt-get", ["update", "-qq"], options);
  execFileSync("apt-get", ["download", "-qq", "cosign"], options);
  execFileSync("sh", ["-c", "dpkg-deb -x cosign_*.deb . && rm cosign_*.deb"], options);
}

/** @returns its path; undefined if it is not available, for example on another distribution than Debian */
export function findCosign(major: Major): string | undefined {
  const folder = join(process.cwd(), "build", `cosign-${major}`);
  const program = join(folder, "usr", "bin", "cosign");
  if (existsSync(program)) return program;
  if (!/^ID=debian$/m.test(readFileSync("/etc/os-release", "utf8"))) return undefined;
  const mine = `${folder}.${process.pid}`;
  try {
    fetchFromDebian(mine, SUITES[major]);
    renameSync(mine, folder);
  } catch (error) {
    // Another test may have been faster.
    if (!existsSync(program))
      console.warn(`cosign ${major} is not available, so its tests are skipped:`, error);
  }
  rmSync(mine, { recursive: true, force: true });
  return existsSync(program) ? program : undefined;
}

export type Cosign = (...args: string[]) => Promise<void>;

/** @param folder for keys and other files that it writes */
export function openCosign(program: string, folder: string): Cosign {
  const env = { ...process.env, COSIGN_PASSWORD: "secret", SIGSTORE_NO_CACHE: "true" };
  return async (...args) => {
    await promisify(execFile)(program, args, { cwd: folder, env: { ...env, HOME: folder } });
  };
}
