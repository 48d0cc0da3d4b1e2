import { execFile, execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";

/** Debian 12 has no cosign; Debian 13's is one file that runs there. */
const SUITE = "trixie";
const FOLDER = join(process.cwd(), "build", "cosign");
const PROGRAM = join(FOLDER, "usr", "bin", "cosign");

/** With package lists of its own: the host's stay as they are. */
function fetchFromDebian(): void {
  for (const folder of ["state/lists/partial", "cache/archives/partial"]) {
    mkdirSync(join(FOLDER, folder), { recursive: true });
  }
  const targets = ["indextargets", "--format", "$(REPO_URI) $(RELEASE)", "Created-By: Packages"];
  const mirror = execFileSync("apt-get", targets, { encoding: "utf8" })
    .split("\n")
    .find((line) => line !== "" && !/security|updates|backports/.test(line));
  const sources = join(FOLDER, "sources.list");
  const keyring = "/usr/share/keyrings/debian-archive-keyring.gpg";
  writeFileSync(sources, `deb [signed-by=${keyring}] ${mirror?.split(" ")[0]} ${SUITE} main\n`);
  const config = join(FOLDER, "apt.conf");
  writeFileSync(
    config,
    `Dir::Etc::sourcelist "${sources}";
Dir::Etc::sourceparts "/dev/null";
Dir::State "${join(FOLDER, "state")}";
Dir::State::status "/var/lib/dpkg/status";
Dir::Cache "${join(FOLDER, "cache")}";
APT::Sandbox::User "root";
`,
  );
  const options = { cwd: FOLDER, env: { ...process.env, APT_CONFIG: config }, encoding: "utf8" as const };
  execFileSync("apt-get", ["update", "-qq"], options);
  execFileSync("apt-get", ["download", "-qq", "cosign"], options);
  execFileSync("sh", ["-c", "dpkg-deb -x cosign_*.deb . && rm cosign_*.deb"], options);
}

/** @returns its path; undefined where there is none to be had */
export function findCosign(): string | undefined {
  if (spawnSync("cosign", ["version"]).status === 0) return "cosign";
  if (existsSync(PROGRAM)) return PROGRAM;
  if (!/^ID=debian$/m.test(readFileSync("/etc/os-release", "utf8"))) return undefined;
  fetchFromDebian();
  return PROGRAM;
}

export type Cosign = (...args: string[]) => Promise<void>;

/** @param folder for keys and what else it writes */
export function openCosign(program: string, folder: string): Cosign {
  const env = { ...process.env, COSIGN_PASSWORD: "secret", SIGSTORE_NO_CACHE: "true" };
  return async (...args) => {
    await promisify(execFile)(program, args, { cwd: folder, env: { ...env, HOME: folder } });
  };
}
