// @module-tag vm
import { spawn, type ChildProcessWithoutNullStreams } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { access, mkdtemp, readdir, readFile, readlink, rm } from "node:fs/promises";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { probeKvm } from "../../../src/vm/drivers/krun/kvm.js";

const ROOT = join(import.meta.dirname, "..", "..", "..");
const LAB = join(ROOT, "build", "lab");
const BOOT_LIMIT_MS = 900_000;
const kvm = await probeKvm();

let out: string;

beforeAll(async () => {
  out = await mkdtemp(join(ROOT, "build", "lab-test-"));
});

afterAll(async () => {
  await rm(out, { recursive: true });
});

function lab(script: string, more: NodeJS.ProcessEnv = {}): ChildProcessWithoutNullStreams {
  const env = {
    ...process.env,
    BOX_LAB_OUT: out,
    BOX_LAB_BOOT_LIMIT: "600",
    BOX_TEST_WORD: 'it\'s "one" $HOME',
    ...more,
  };
  return spawn(join(ROOT, "scripts", "lab"), ["sh", "-c", script], { cwd: out, env });
}

/** Processes that work in the run folder of the lab with this pid, and the folder itself. */
async function remains(pid: number | undefined): Promise<string[]> {
  const run = `run-${String(pid)}-`;
  const processes = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const folders = await Promise.all(processes.map((name) => readlink(`/proc/${name}/cwd`).catch(() => "")));
  const entries = (await readdir(LAB)).map((name) => join(LAB, name));
  return [...folders, ...entries].filter((path) => path.includes(run));
}

describe.skipIf(kvm.usable)("the lab", () => {
  test(
    "runs a command where KVM works, with its streams, folder, environment and exit code, and leaves nothing",
    // In the first tier, the tests on krun run in a lab: they need its folder, environment, output and exit code.
    { tags: "full", timeout: BOOT_LIMIT_MS },
    async () => {
      const child = lab(`
        echo "$BOX_TEST_WORD"; pwd; [ -r /dev/kvm ] && [ -w /dev/kvm ] && grep -ow svm /proc/cpuinfo
        ip -4 -o addr | grep -o 'inet 10[^ ]*'
        cat >"$BOX_LAB_OUT/input"; echo scratch >"$BOX_LAB_DATA/file" && cat "$BOX_LAB_DATA/file"
        echo gone >${ROOT}/written-in-the-lab
        echo to stderr >&2; head -c 3000000 /dev/zero; (while :; do sleep 0.1; done) & exit 7`);
      const input = Buffer.alloc(1_000_000, "0123456789abcdef\n\0");
      child.stdin.end(input);
      const [stdout, stderr, [code]] = await Promise.all([
        buffer(child.stdout),
        buffer(child.stderr),
        once(child, "close") as Promise<[number | null]>,
      ]);
      const said = stdout.subarray(0, stdout.indexOf(0)).toString();
      expect({ code, said }).toEqual({
        code: 7,
        said: `it's "one" $HOME\n${out}\nsvm\ninet 10.99.0.1/24\nscratch\n`,
      });
      expect(stdout.length).toBe(said.length + 3_000_000);
      expect(stderr.toString()).toMatch(/^(lab: preparing .*\n)?to stderr\n$/);
      expect(digest(await readFile(join(out, "input")))).toBe(digest(input));
      await expect(access(join(ROOT, "written-in-the-lab"))).rejects.toThrow();
      expect(await remains(child.pid)).toEqual([]);
    },
  );

  test.each(["SIGTERM", "SIGKILL"] as const)(
    "%s ends it, and no process is left",
    { tags: "full", timeout: BOOT_LIMIT_MS },
    async (signal) => {
      const child = lab("echo here; sleep 100000");
      const ended = once(child, "close") as Promise<[number | null, string | null]>;
      expect(await Promise.race([once(child.stdout, "data"), ended])).toEqual([Buffer.from("here\n")]);
      child.kill(signal);
      expect(await ended).toEqual(signal === "SIGTERM" ? [143, null] : [null, "SIGKILL"]);
      await vi.waitFor(
        async () => {
          const left = await remains(child.pid);
          // Nobody could remove the folder of a run that was killed: the next run does.
          expect(left.filter((path) => signal === "SIGTERM" || !path.startsWith(join(LAB, "run-")))).toEqual(
            [],
          );
        },
        { timeout: 60_000, interval: 100 },
      );
    },
  );

  test(
    "says where a machine is that shows no sign of life, and ends it",
    { tags: "full", timeout: BOOT_LIMIT_MS },
    async () => {
      // Its heartbeat is a process like any other.
      const child = lab("kill -STOP -1; while :; do :; done", { BOX_LAB_LIFE_LIMIT: "12" });
      const [stderr, [code]] = await Promise.all([
        buffer(child.stderr),
        once(child, "close") as Promise<[number | null]>,
      ]);
      expect(code).toBe(125);
      for (const words of [
        /^lab: the machine has shown no sign of life for 12 s\b/m,
        /^VM status: running$/m,
        /^RIP=[0-9a-f]+ .*CPL=3/m,
        /Kernel panic - not syncing: NMI/,
        /task:sh +state:R/,
      ])
        expect(stderr.toString()).toMatch(words);
      expect(await remains(child.pid)).toEqual([]);
    },
  );
});

function digest(data: Buffer): string {
  return createHash("sha256").update(data).digest("hex");
}
