import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

const SETUP = join(import.meta.dirname, "../../scripts/setup");
/** The only real programs in the PATH. */
const REAL = [
  "bash",
  "cat",
  "cmp",
  "cp",
  "cut",
  "dirname",
  "env",
  "find",
  "grep",
  "kill",
  "mkdir",
  "readlink",
];
const MORE = ["sed", "sh", "tail", "touch", "uname"];

let checkout: string;
beforeEach(() => {
  checkout = mkdtempSync(join(tmpdir(), "box-setup-"));
  for (const folder of ["scripts", "bin"]) mkdirSync(join(checkout, folder));
  copyFileSync(SETUP, join(checkout, "scripts", "setup"));
  writeFileSync(join(checkout, "package-lock.json"), "{}");
  for (const name of [...REAL, ...MORE]) symlinkSync(join("/usr/bin", name), join(checkout, "bin", name));
  program("node", "case $1 in --version) echo v20.19.0 ;; *) echo 1.0.0 ;; esac");
  program("sleep", "exec /usr/bin/sleep 0.1");
  for (const name of ["gcc", "make", "musl-gcc", "mkfs.erofs", "openssl"]) program(name, "");
});
afterEach(() => rmSync(checkout, { recursive: true }));

const program = (name: string, text: string) =>
  writeFileSync(join(checkout, "bin", name), `#!/usr/bin/bash\n${text}\n`, { mode: 0o755 });

/**
 * Runs set-up as a shell would on a terminal: in a process group of its own. Resolves when all of its processes have
 * exited.
 */
async function setUp() {
  const child = spawn(join(checkout, "scripts", "setup"), {
    env: { PATH: join(checkout, "bin") },
    stdio: ["pipe", "pipe", "inherit"],
    detached: true,
  });
  child.stdout.resume();
  const [code, signal] = (await once(child, "close")) as [number | null, string | null];
  return { code, signal };
}

describe("scripts/setup", () => {
  it("leaves nothing running that goes on to print when it is interrupted by Ctrl-C", async () => {
    // The terminal sends SIGINT to the whole group.
    program("npm", "kill -INT 0");
    expect((await setUp()).signal).toBe("SIGINT");
  });

  it("gives nothing a terminal on which it could ask, because its output goes to a log", async () => {
    program("npm", `readlink /proc/self/fd/0 >${checkout}/stdin; exit 1`);
    await setUp();
    expect(readFileSync(join(checkout, "stdin"), "utf8")).toBe("/dev/null\n");
  });

  it("waits while another apt reads the lists, which a new system does by itself", async () => {
    program("id", "echo 0");
    program("dpkg-query", "echo 'ii dpkg'");
    program("apt-cache", "");
    const locked = "echo 'E: Could not get lock /var/lib/apt/lists/lock' >&2; exit 100";
    program("apt-get", `echo "$*" >>${checkout}/apt; if mkdir ${checkout}/tried 2>&1; then ${locked}; fi`);
    program("npm", "exit 1");
    await setUp();
    const calls = readFileSync(join(checkout, "apt"), "utf8").trim().split("\n");
    expect(calls.map((call) => call.split(" ").find((word) => /^(update|install)$/.test(word)))).toEqual([
      "update",
      "update",
      "install",
    ]);
  });

  it("tells apt to keep changed configuration files, which dpkg would ask about", async () => {
    program("id", "echo 0");
    program("dpkg-query", "echo 'ii dpkg'");
    program("apt-cache", "");
    program("apt-get", `echo "$*" >>${checkout}/apt; exit 1`);
    program("npm", "exit 1");
    await setUp();
    expect(readFileSync(join(checkout, "apt"), "utf8")).toMatch(
      /--force-confdef .*--force-confold .* install /,
    );
  });
});

it("scripts/build removes digests that an interrupted npm pack has left", () => {
  copyFileSync(join(SETUP, "../build"), join(checkout, "scripts", "build"));
  program("rm", 'exec /usr/bin/rm "$@"');
  mkdirSync(join(checkout, "runtime-files"));
  const left = join(checkout, "runtime-files", "sha256.json");
  writeFileSync(left, "{}");
  execFileSync(join(checkout, "scripts", "build"), { env: { PATH: join(checkout, "bin") } });
  expect(existsSync(left)).toBe(false);
});
