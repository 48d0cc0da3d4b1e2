import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach } from "vitest";
import { runWith } from "./command.js";

const ROOT = join(import.meta.dirname, "../../..");
const BOX = join(ROOT, "dist/box.js");

/** A user without an entry in /etc/passwd. */
export const STRANGER = 54_321;
export const QEMU = "qemu-system-x86_64";

export interface RunOptions {
  uid?: number;
  env?: NodeJS.ProcessEnv;
  /** Shell commands to run first, as root in a mount namespace of its own. */
  mounts?: string;
}

/** Runs box with a home and a PATH of its own, in which each test places what it needs. */
export function useBareHost() {
  const host = { folder: "", bin: "", home: "" };
  beforeEach(() => {
    host.folder = mkdtempSync(join(tmpdir(), "box-doctor-"));
    host.bin = join(host.folder, "bin");
    host.home = join(host.folder, "home");
    mkdirSync(host.bin);
    chmodSync(host.folder, 0o755);
    for (const name of ["env", "sh", "ln", "chmod"]) symlinkSync(`/usr/bin/${name}`, join(host.bin, name));
    symlinkSync(process.execPath, join(host.bin, "node"));
  });
  afterEach(() => rmSync(host.folder, { recursive: true, force: true }));

  const addProgram = (name: string, script: string) =>
    writeFileSync(join(host.bin, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });

  async function box(args: string[], { uid, env: changes, mounts }: RunOptions = {}) {
    mkdirSync(host.home, { recursive: true, mode: 0o700 });
    if (uid !== undefined) chownSync(host.home, uid, uid);
    const env = {
      PATH: mounts === undefined ? host.bin : `${host.bin}:/usr/bin:/bin`,
      BOX_HOME: host.home,
      BOX_SETTINGS: join(host.home, "none"),
      ...changes,
    };
    if (uid === undefined && mounts === undefined) {
      const { code, stdout, stderr } = await runWith(args, env);
      return { code, stdout, stderr };
    }
    const before =
      mounts === undefined ? [] : ["/usr/bin/unshare", "-m", "/bin/sh", "-c", `${mounts} && exec "$@"`, "sh"];
    const [program = "", ...words] = [...before, process.execPath, BOX, ...args];
    const child = spawn(program, words, {
      env,
      stdio: ["ignore", "pipe", "pipe"],
      ...(uid === undefined ? {} : { uid, gid: uid }),
    });
    let [stdout, stderr] = ["", ""];
    child.stdout.on("data", (data: Buffer) => (stdout += data.toString()));
    child.stderr.on("data", (data: Buffer) => (stderr += data.toString()));
    const [code] = (await once(child, "close")) as [number | null];
    return { code, stdout, stderr };
  }

  return {
    host,
    box,
    addProgram,
    addQemu: () => addProgram(QEMU, "echo QEMU emulator version 9.9.9"),
  };
}
