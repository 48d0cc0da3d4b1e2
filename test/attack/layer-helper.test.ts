import { execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, chownSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

// box-layer decompresses untrusted data.

const HELPER = join(import.meta.dirname, "../../dist/native/box-layer");
const ROOT = process.getuid?.() === 0;
const STRANGER = 54_321;
const users = [["the caller", process.getuid?.() ?? 0], ...(ROOT ? [["a stranger", STRANGER]] : [])] as [
  string,
  number,
][];

let home: string;
let layers: string;
let probe: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "box-layer-attack-"));
  chmodSync(home, 0o755);
  layers = join(home, "layers");
  mkdirSync(layers);
  for (const path of [join(home, "outside"), join(layers, "layer")]) writeFileSync(path, "");
  probe = join(home, "probe.so");
  const source = join(import.meta.dirname, "layer-probe.c");
  execFileSync("cc", ["-shared", "-fPIC", "-Wall", "-Wextra", "-Werror", "-o", probe, source]);
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

function give(uid: number): void {
  for (const path of [home, layers, join(home, "outside"), join(layers, "layer")]) chownSync(path, uid, uid);
}

describe.each(users)("a compromised box-layer of %s", (_, uid) => {
  it("writes to the layer that it was given, reaches nothing else, and is killed for ptrace", () => {
    give(uid);
    const { stderr, signal } = spawnSync(HELPER, {
      cwd: layers,
      encoding: "utf8",
      env: { LD_PRELOAD: probe },
      ...(ROOT ? { uid, gid: uid } : {}),
    });
    const seen = Object.fromEntries(
      stderr
        .trim()
        .split("\n")
        .map((line) => line.split(": ")) as [string, string][],
    );
    expect(seen).toEqual({
      "read file": "EACCES",
      "read folder": "EACCES",
      "write elsewhere": "EACCES",
      "make file": "EACCES",
      "write layer": "ok",
      socket: "ENOSYS",
      execute: "ENOSYS",
      fork: "ENOSYS",
      signal: "ENOSYS",
      remove: "ENOSYS",
      "new code": "EPERM",
      memory: "ENOMEM",
    });
    expect(signal).toBe("SIGSYS");
  });

  it("has no capabilities, and leaves no core file", async () => {
    give(uid);
    const child = spawn(HELPER, { cwd: layers, env: {}, ...(ROOT ? { uid, gid: uid } : {}) });
    const order = Buffer.from("plain 0 layer");
    const content = Buffer.alloc(2 << 20, "x");
    const length = (bytes: number) => Buffer.from(new Uint32Array([bytes]).buffer);
    // It is killed while it reads.
    child.stdin.on("error", () => undefined);
    child.stdin.write(Buffer.concat([length(order.length), order, length(content.length), content]));
    await once(child.stdout, "data");
    const status = readFileSync(`/proc/${child.pid}/status`, "utf8");
    const limits = readFileSync(`/proc/${child.pid}/limits`, "utf8");
    child.kill("SIGKILL");
    await once(child, "close");
    expect(status).toMatch(/^CapPrm:\s0+\nCapEff:\s0+$/m);
    expect(status).toMatch(/^NoNewPrivs:\s1\nSeccomp:\s2$/m);
    expect(limits).toMatch(/^Max core file size +0 +0 /m);
    expect(limits).toMatch(/^Max data size +268435456 +268435456 /m);
    expect(limits).toMatch(/^Max open files +8 +8 /m);
  });
});

it("box-layer does not accept a path as a layer's name", () => {
  const order = Buffer.from("plain 0 ../outside");
  const { stderr, status } = spawnSync(HELPER, {
    cwd: layers,
    input: Buffer.concat([Buffer.from([order.length, 0, 0, 0]), order, Buffer.alloc(4)]),
    encoding: "utf8",
  });
  expect({ stderr, status }).toEqual({ stderr: "box-layer: malformed request\n", status: 125 });
});
