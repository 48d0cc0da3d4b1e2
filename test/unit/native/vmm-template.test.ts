import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { PROTOCOL_VERSION } from "../../../src/vm/protocol/guest/table.js";
import {
  awaitGone,
  buildPrograms,
  finish,
  firstOutput,
  members,
  run,
  writeScript,
  type Programs,
} from "./vmm-program.js";

let programs: Programs;
let folder: string;

beforeAll(async () => {
  programs = await buildPrograms();
});
beforeEach(() => {
  folder = mkdtempSync(join(programs.folder, "templates "));
  mkdirSync(join(folder, "new"), { mode: 0o700 });
});
afterAll(() => rmSync(programs.folder, { recursive: true, force: true }));

/** Shell commands of an agent that starts, and is woken. */
const HELLO = `printf '\\007\\0\\0\\0\\001\\0\\0\\0\\001\\002\\0\\0\\0\\00${PROTOCOL_VERSION}\\0' >&3`;
const WAKE_BYTES = 40;
const READY = `unset LD_PRELOAD; ${HELLO}; head -c ${WAKE_BYTES} <&3 >/dev/null; ${HELLO}`;
/** Shell commands of a QEMU that has written its state, or failed to. */
const told = (status: string) =>
  `head -c 1 <&8 >/dev/null; echo '{"event": "MIGRATION", "data": {"status": "${status}"}}' >&8; exec sleep 10000`;

function freeze(script: string, disk: string[] = []) {
  const words = ["--lock", join(folder, "lock"), "--into", join(folder, "new"), "--to", join(folder, "made")];
  const rest = ["--limit", "500", "--memory-preload", programs.memoryPreload];
  const vm = [...disk, "--", "/bin/sh", "-c", script];
  return spawn(programs.helper, ["freeze", ...words, ...rest, ...vm], { stdio: ["ignore", "pipe", "pipe"] });
}
/** Identifies a template, as src/vm/template/store.ts does. */
function madeOf(template: string): string {
  const { ino, mtimeNs } = statSync(join(template, "state"), { bigint: true });
  return `${ino}-${mtimeNs}`;
}
const there = () => ["new", "made"].map((name) => existsSync(join(folder, name)));

describe("freeze", () => {
  it("makes a template, which others cannot read, of a VM whose agent can be woken", async () => {
    writeFileSync(join(folder, "new/template.json"), "{}");
    const { code, stderr } = await finish(freeze(`${READY}; echo memory >/dev/fd/10; ${told("completed")}`));
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(there()).toEqual([false, true]);
    const files = ["memory", "state"].map((name) => statSync(join(folder, "made", name)).mode & 0o777);
    expect(files).toEqual([0o600, 0o600]);
    expect(readFileSync(join(folder, "made/memory"), "utf8")).toBe("memory\n");
    expect(existsSync(join(folder, "made/template.json"))).toBe(true);
  });

  it("attaches a disk to the VM, which afterwards nobody else can read", async () => {
    const disk = join(folder, "new/layer.ext4");
    writeFileSync(disk, "empty", { mode: 0o600 });
    const write = `echo mounted >"${disk}"`;
    const { code } = await finish(
      freeze(`${READY}; ${write}; ${told("completed")}`, ["--disk", "rw", "raw", disk]),
    );
    const { mode, gid } = statSync(join(folder, "made/layer.ext4"));
    expect([code, mode & 0o777, gid]).toEqual([0, 0o600, process.getegid?.()]);
    expect(readFileSync(join(folder, "made/layer.ext4"), "utf8")).toBe("mounted\n");
  });

  it.each([
    ["QEMU cannot save the state", `${READY}; ${told("failed")}`, "QEMU could not save the state"],
    ["the VM ends", HELLO, "the agent did not start"],
    ["the agent sends anything else", "printf '%20s' '' >&3; exec sleep 10000", "the agent did not start"],
    ["the VM uses too much CPU time", "kill -XCPU $$", "the agent did not start"],
  ])("makes none if %s, and leaves nothing", async (_, script, reason) => {
    const { code, stderr } = await finish(freeze(script));
    expect({ code, stderr }).toEqual({ code: 125, stderr: `box-vmm: freeze: ${reason}\n` });
    expect(there()).toEqual([false, false]);
  });

  it.each([
    ["QEMU", 1],
    ["its supervisor", 0],
  ])("does not call it a failure if somebody kills %s", async (_, index) => {
    const child = freeze("echo up >&2; exec sleep 10000");
    const finished = finish(child);
    await once(child.stderr, "data");
    const [watcher = 0] = members(child.pid);
    const [vm = 0] = members(watcher);
    process.kill([watcher, vm][index] ?? 0, "SIGKILL");
    const { code, stderr } = await finished;
    expect([code, stderr.split("\n").at(-2)]).toEqual([125, "the virtual machine was killed"]);
    expect(stderr).not.toMatch(/^box-vmm: /m);
    expect(there()).toEqual([false, false]);
  });

  it("makes none while another one is being made, and keeps one that exists", async () => {
    const lock = spawn(programs.helper, ["hold", join(folder, "lock")], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    await firstOutput(lock);
    expect(await finish(freeze("exit 1"))).toMatchObject({ code: 75, stdout: "", stderr: "" });
    expect(there()).toEqual([false, false]);
    lock.kill("SIGKILL");
    await once(lock, "close");
    mkdirSync(join(folder, "new"), { mode: 0o700 });
    mkdirSync(join(folder, "made"));
    expect((await finish(freeze(`${READY}; ${told("completed")}`))).code).toBe(0);
    expect(there()).toEqual([false, true]);
    expect(existsSync(join(folder, "made/memory"))).toBe(false);
  });

  it("leaves no VM behind when it is killed", async () => {
    const child = freeze("echo up >&2; exec sleep 10000");
    await once(child.stderr, "data");
    const [watcher = 0] = members(child.pid);
    const [vm = 0] = members(watcher);
    child.kill("SIGKILL");
    await Promise.all([once(child, "close"), awaitGone(watcher), awaitGone(vm)]);
    expect(there()).toEqual([true, false]);
  });
});

describe("a thawed VM", () => {
  beforeEach(() => {
    for (const name of ["memory", "state"]) writeFileSync(join(folder, "new", name), name, { mode: 0o600 });
  });
  const thaw = (script: string, made = madeOf(join(folder, "new"))) =>
    run(programs.helper, [
      ...["qemu", "--memory-preload", programs.memoryPreload, "--thaw", join(folder, "new"), made],
      ...["--", "/bin/sh", "-c", script],
    ]);

  it("gets the template by descriptors, of which it cannot write to any, and sees none of its files", async () => {
    // Only in the process itself, because others do not see its descriptors.
    const look = `read state <&8; read memory </dev/fd/10; read commands; [ -e "${folder}/new" ] || sees=nothing`;
    const script = `${look}; echo "$state, $memory, $commands, $sees" >&9; echo x >&8; echo x >/dev/fd/10`;
    const { stdout } = await thaw(script);
    expect(stdout).toBe('state, memory, {"execute": "qmp_capabilities"}, nothing\n');
    const files = ["memory", "state"].map((name) => readFileSync(join(folder, "new", name), "utf8"));
    expect(files).toEqual(["memory", "state"]);
  });

  it("with volumes gets a copy of the memory, which its file server can map as well", async () => {
    const memory = Buffer.alloc(3 * 2 ** 20);
    memory.write("begin");
    memory.write("end", 2 * 2 ** 20);
    writeFileSync(join(folder, "new/memory"), memory);
    writeFileSync(join(folder, "shared"), "");
    const server = writeScript(join(folder, "virtiofsd"), "exec sleep 10000");
    const look = "sha256sum </dev/fd/10 >&9; echo more >/dev/fd/10 && echo written >&9";
    const { stdout } = await run(programs.helper, [
      ...[
        "qemu",
        "--memory-preload",
        programs.memoryPreload,
        "--thaw",
        join(folder, "new"),
        madeOf(join(folder, "new")),
      ],
      ...["--virtiofsd", server],
      ...["--share-preload", programs.sharePreload, "--volume", "rw", join(folder, "shared"), "0"],
      ...["--", "/bin/sh", "-c", look],
    ]);
    expect(stdout).toBe(`${createHash("sha256").update(memory).digest("hex")}  -\nwritten\n`);
    expect(readFileSync(join(folder, "new/memory")).equals(memory)).toBe(true);
  });

  it("is not started from a directory that others can enter", async () => {
    chmodSync(join(folder, "new"), 0o755);
    const { code, stderr } = await thaw("echo never");
    const reason = `the template ${join(folder, "new")} cannot be used: Operation not permitted`;
    expect({ code, stderr }).toEqual({ code: 125, stderr: `box-vmm: ${reason}\n` });
  });

  it("is not started from another template than the one that the caller has seen", async () => {
    const before = madeOf(join(folder, "new"));
    writeFileSync(join(folder, "new/state"), "another");
    const { code, stderr } = await thaw("echo never", before);
    const reason = `the template ${join(folder, "new")} has been replaced`;
    expect({ code, stderr }).toEqual({ code: 125, stderr: `box-vmm: ${reason}\n` });
  });

  it("is not started from files that others can write to", async () => {
    chmodSync(join(folder, "new/memory"), 0o606);
    const { code, stderr } = await thaw("echo never");
    const reason = `the template ${join(folder, "new")} cannot be used: memory is not a file of this user alone`;
    expect({ code, stderr }).toEqual({ code: 125, stderr: `box-vmm: ${reason}\n` });
  });
});

describe("QEMU", () => {
  /** Returns which of its template's first pages take a page fault when QEMU writes to them; it does not write to all. */
  async function faults(touched?: string): Promise<string> {
    const template = join(folder, "new");
    for (const name of ["memory", "state"])
      writeFileSync(join(template, name), Buffer.alloc(8 * 4096), { mode: 0o600 });
    if (touched !== undefined) writeFileSync(join(template, "touched"), touched, { mode: 0o600 });
    const words = ["--memory-preload", programs.memoryPreload, "--thaw", template, madeOf(template)];
    const probe = join(programs.folder, "memory-probe");
    return (await run(programs.strictHelper, ["qemu", ...words, "--", probe])).stdout.trimEnd();
  }

  it("writes without a page fault to the pages of its template that are listed", async () => {
    expect([await faults(), await faults("1 2\n6 1\n")]).toEqual(["1111-111", "1001-101"]);
  });

  it.each([
    ["is empty", "", "1111-111"],
    ["has other text", "all\n", "1111-111"],
    ["ends early", "1 1\n2", "1011-111"],
    ["goes back", "5 1\n1 1\n", "1111-011"],
    ["goes beyond the memory", `1 1\n2 7\n`, "1011-111"],
    ["has numbers too large", `1 18446744073709551615\n18446744073709551616 1\n`, "1111-111"],
    ["is too long", `1 1\n`.repeat(20_000), "1111-111"],
  ])("starts as well if the list %s", async (_, touched, expected) => {
    expect(await faults(touched)).toBe(expected);
  });
});

it("QEMU allocates memory without a page fault per page, even what it has freed", async () => {
  const words = ["--memory-preload", programs.memoryPreload, "--", join(programs.folder, "heap-probe")];
  const { stdout } = await run(programs.strictHelper, ["qemu", ...words]);
  expect(stdout).toMatch(/^\d{1,2}\n$/);
});

it("launch --wake sends each agent other random bytes, before the monitor can send anything", async () => {
  mkdirSync(join(folder, "run"), { mode: 0o700 });
  const wake = async () => {
    const words = [
      "launch",
      "--lock",
      join(folder, "lock"),
      "--socket",
      join(folder, "run/socket"),
      "--wake",
    ];
    const monitor = ["/bin/sh", "-c", "cat <&6"].flatMap((word) => ["--monitor-arg", word]);
    const vm = ["--", "qemu", "--", "/bin/sh", "-c", `head -c ${WAKE_BYTES} <&3 | od -A n -t x1 -w8`];
    return (await run(programs.helper, [...words, ...monitor, ...vm])).stdout.split("\n");
  };
  const [first, second] = [await wake(), await wake()];
  expect(first[0]).toBe(" 20 00 00 00 18 00 00 00");
  expect(second[0]).toBe(first[0]);
  expect(first.filter((line, row) => row > 0 && line !== "" && second[row] === line)).toEqual([]);
});
