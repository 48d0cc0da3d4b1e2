// @module-tag vm
import { createHash, randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { FrameType, encodeFrame } from "../../../src/vm/protocol/guest/frames.js";
import { encodeStart } from "../../../src/vm/protocol/guest/messages.js";
import { bootConfigured, makeImage, makeUpper, type Vm } from "./vm.js";
import { runProgram, shell, START } from "./program.js";

// A real VM under emulation: the timeout only catches hangs and must never depend on the machine's speed.
vi.setConfig({ testTimeout: 600_000, hookTimeout: 600_000 });

let folder: string;
let image: string;
let vm: Vm;

const sha = (data: Buffer) => createHash("sha256").update(data).digest("hex");

const newUpper = (name: string) => makeUpper(join(folder, name));

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "box-agent-test-"));
  image = join(folder, "image.erofs");
  await makeImage(image);
  vm = await bootConfigured(image, await newUpper("upper"), {
    tmpfs: [
      { path: "/scratch/deep", options: "noexec,nosuid,nodev,size=1048576,mode=1777" },
      { path: "/scratch", options: "exec,mode=700" },
    ],
    clockNs: 1_700_000_000_000_000_000n,
  });
});
afterAll(async () => {
  vm.kill();
  await vm.ended;
  await rm(folder, { recursive: true, force: true });
});

describe("a program", () => {
  it("ends with its exit code or signal", async () => {
    expect((await runProgram(vm, ["true"])).exit).toEqual({ code: 0, oomKilled: false });
    expect((await runProgram(vm, ["sh", "-c", "exit 255"])).exit?.code).toBe(255);
    expect((await runProgram(vm, ["sh", "-c", "kill -KILL $$"])).exit).toMatchObject({ signal: 9 });
    const slept = await runProgram(vm, ["sleep", "1000"], { signal: 15 });
    expect(slept.exit).toEqual({ code: 0, signal: 15, oomKilled: false });
  });

  it("starts with default signal dispositions and an empty mask", async () => {
    const { stdout } = await runProgram(vm, ["grep", "-E", "Sig(Blk|Ign)", "/proc/self/status"]);
    expect(stdout.toString()).toBe(`SigBlk:\t${"0".repeat(16)}\nSigIgn:\t${"0".repeat(16)}\n`);
  });

  it("reports that the OOM killer killed it", async () => {
    const { exit } = await runProgram(vm, ["dd", "if=/dev/zero", "of=/dev/null", "bs=165M"]);
    expect(exit).toEqual({ code: 0, signal: 9, oomKilled: true });
    expect((await runProgram(vm, ["sh", "-c", "kill -9 $$"])).exit?.oomKilled).toBe(false);
  });
});

describe("a program that does not start", () => {
  it.each([
    [["no-such-program"], "not-found", "no-such-program"],
    [["/no/such/program"], "not-found", "/no/such/program"],
    [["/etc/passwd/x"], "not-found", "/etc/passwd/x"],
    [["orphan-script"], "not-found", "/no/such/interpreter"],
    [["plain"], "not-executable", "/bin/plain"],
    [["text"], "not-executable", "/bin/text"],
    [["/etc"], "not-executable", "/etc"],
    [[""], "not-found", "empty"],
  ])("%j: %s", async (argv, code, named) => {
    const { error, started } = await runProgram(vm, argv);
    expect({ started, code: error?.code }).toEqual({ started: false, code });
    expect(error?.message).toContain(named);
  });

  it("is reported with the user, group or directory that is at fault", async () => {
    expect((await runProgram(vm, ["id"], { user: "nobody-here" })).error).toMatchObject({
      code: "no-user",
      message: expect.stringContaining("nobody-here") as string,
    });
    expect((await runProgram(vm, ["id"], { user: "anna:nothing" })).error?.code).toBe("no-user");
    expect((await runProgram(vm, ["pwd"], { cwd: "/etc/passwd" })).error?.code).toBe("cwd");
  });

  it("does not keep the box from running others", async () => {
    for (let i = 0; i < 100; i++) await runProgram(vm, ["no-such-program"]);
    expect(await shell(vm, "echo still here")).toBe("still here\n");
  });
});

describe("streams", () => {
  it("carry 8 MB in and out unaltered", async () => {
    const input = randomBytes(8_000_000);
    const { stdout, stderr, exit } = await runProgram(vm, ["cat"], { input });
    expect({ sha: sha(stdout), stderr: stderr.length, code: exit?.code }).toEqual({
      sha: sha(input),
      stderr: 0,
      code: 0,
    });
  });

  it("keep stdout and stderr apart", async () => {
    const script = "for i in $(seq 2000); do echo out$i; echo err$i >&2; done";
    const { stdout, stderr } = await runProgram(vm, ["sh", "-c", script]);
    const lines = (prefix: string) => Array.from({ length: 2000 }, (_, i) => `${prefix}${i + 1}\n`).join("");
    expect(stdout.toString()).toBe(lines("out"));
    expect(stderr.toString()).toBe(lines("err"));
  });

  it("report end of file without stdin, and with an empty one", async () => {
    expect(await shell(vm, "wc -c")).toBe("0\n");
    expect(await shell(vm, "wc -c", { input: Buffer.alloc(0) })).toBe("0\n");
  });

  it("do not wait for a program that never reads or has closed its stdin", async () => {
    const input = Buffer.alloc(3_000_000, "x");
    const unread = await runProgram(vm, ["sleep", "0.2"], { input });
    expect(unread.exit).toMatchObject({ code: 0 });
    const closed = await shell(vm, "head -c 5; exec 0<&-; sleep 0.5; echo; echo done", { input });
    expect(closed).toBe("xxxxx\ndone\n");
  });

  it("lose no output of a program that exits immediately", async () => {
    for (let i = 0; i < 5; i++) expect((await shell(vm, "seq 1 20000")).length).toBe(108_894);
  });

  it("can be reopened by an ordinary user", async () => {
    const script = "echo a > /dev/stdout; echo b > /dev/stderr; cat /dev/stdin";
    const { stdout, stderr } = await runProgram(vm, ["sh", "-c", script], {
      user: "anna",
      input: Buffer.from("c"),
    });
    expect([stdout.toString(), stderr.toString()]).toEqual(["a\nc", "b\n"]);
  });

  it("block a program whose output is not read, but no others", async () => {
    for (const part of encodeStart(900, { ...START, argv: ["yes"] })) vm.socket.write(part);
    let room = 262_144;
    while (room > 0) {
      const frame = await vm.next();
      expect(frame.channel).toBe(900);
      if (frame.type === FrameType.STDOUT) room -= frame.payload.length;
    }
    expect(room).toBe(0);
    expect(await shell(vm, "echo free")).toBe("free\n");
    vm.socket.write(encodeFrame(FrameType.SIGNAL, 900, Buffer.of(9)));
    // EXIT is sent after the rest of its output.
    vm.socket.write(encodeFrame(FrameType.WINDOW, 900, Buffer.of(1, 0, 0, 4, 0)));
    for (;;) {
      const frame = await vm.next();
      if (frame.type === FrameType.STDOUT) room += frame.payload.length;
      if (frame.type === FrameType.EXIT) break;
    }
    expect(room).toBeLessThanOrEqual(262_144);
  });

  it("get their program killed if they overrun their window", async () => {
    const start = { ...START, argv: ["sleep", "1000"], stdin: true };
    for (const part of encodeStart(901, start)) vm.socket.write(part);
    const piece = Buffer.alloc(65_536);
    for (let i = 0; i < 20; i++) vm.socket.write(encodeFrame(FrameType.STDIN, 901, piece));
    for (;;) {
      const frame = await vm.next();
      if (frame.type !== FrameType.EXIT) continue;
      expect([...frame.payload]).toEqual([1, 9, 0]);
      break;
    }
  });
});

describe("a user", () => {
  it.each([
    ["", "0:0:0 10", "/root"],
    ["anna", "1000:100:100 10 44", "/home/anna"],
    ["1000", "1000:100:100 10 44", "/home/anna"],
    ["anna:video", "1000:44:44", "/home/anna"],
    ["anna:7", "1000:7:7", "/home/anna"],
    ["4321", "4321:0:0", "/"],
    ["4321:8765", "4321:8765:8765", "/"],
  ])("%j is resolved as in Docker", async (user, ids, home) => {
    const out = await shell(vm, "echo $(id -u):$(id -g):$(id -G); echo $HOME", { user });
    expect(out).toBe(`${ids}\n${home}\n`);
  });

  it("has Docker's capabilities if it is root, and none otherwise", async () => {
    expect(await shell(vm, "grep CapEff /proc/self/status")).toBe("CapEff:\t00000000a80425fb\n");
    expect(await shell(vm, "grep CapEff /proc/self/status", { user: "anna" })).toBe(
      "CapEff:\t0000000000000000\n",
    );
  });
});

describe("a program's environment", () => {
  it("consists of the given variables and directory, which has to exist", async () => {
    const env = ["PATH=/bin", "A=1 2", "HOME=/mine"];
    const out = await shell(vm, 'echo "$A|$HOME"; pwd', { env, cwd: "/proc" });
    expect(out).toBe("1 2|/mine\n/proc\n");
    expect((await runProgram(vm, ["true"], { cwd: "/made/up" })).error?.code).toBe("cwd");
  });

  it("may have megabytes of variables", async () => {
    const env = ["PATH=/bin", ...Array.from({ length: 15 }, (_, i) => `V${i}=${"x".repeat(100_000)}`)];
    expect(await shell(vm, "echo ${#V0} ${#V14}", { env })).toBe("100000 100000\n");
    const huge = Array.from({ length: 90 }, (_, i) => `V${i}=${"x".repeat(100_000)}`);
    expect((await runProgram(vm, ["true"], { env: huge })).error?.code).toBe("limit");
  });

  it("has the box's host name, hosts and resolvers, through a dangling link in the image", async () => {
    expect(await shell(vm, "hostname; cat /etc/hostname /etc/hosts /etc/resolv.conf")).toBe(
      "crate\ncrate\n127.0.0.1 localhost\nnameserver 192.0.2.53\n",
    );
  });

  it("has the file systems that programs expect", async () => {
    const mounts = (await shell(vm, "cut -d' ' -f2,3 /proc/mounts")).split("\n");
    const expected = ["/ overlay", "/proc proc", "/sys sysfs", "/dev/pts devpts", "/dev/shm tmpfs"];
    expect(mounts).toEqual(expect.arrayContaining([...expected, "/dev/mqueue mqueue"]));
    expect(mounts.filter((line) => /erofs|ext4|\.box/.test(line))).toEqual([]);
    expect(await shell(vm, "ls -A /dev")).not.toContain(".box");
    const devices =
      "echo x > /dev/null && head -c 4 /dev/zero | wc -c && test -c /dev/tty && touch /dev/shm/x";
    expect(await shell(vm, devices)).toBe("4\n");
  });

  it("has nested tmpfs mounts, whatever their order", async () => {
    const out = await shell(vm, "stat -c %a /scratch /scratch/deep; grep /scratch/deep /proc/mounts");
    expect(out).toMatch(/^700\n1777\n.*nosuid,nodev,noexec,.*size=1024k/);
  });

  it("has the configured time and a loopback interface", async () => {
    const now = Number(await shell(vm, "date +%s"));
    expect(now).toBeGreaterThanOrEqual(1_700_000_000);
    expect(now).toBeLessThan(1_700_003_600);
    expect(await shell(vm, "ping -c 1 -W 20 127.0.0.1 | grep -c 'bytes from'")).toBe("1\n");
  });

  it("lets any user listen on any port, and ping", async () => {
    const listen = "nc -l -p 80 -e true & sleep 1; nc 127.0.0.1 80 < /dev/null && wait && echo heard";
    const out = await shell(vm, `${listen}; cat /proc/sys/net/ipv4/ping_group_range`, { user: "anna" });
    expect(out).toBe("heard\n0\t2147483647\n");
  });

  it("has no zombies", async () => {
    await shell(vm, "(sleep 0.1 &) ; (sleep 0.2 &); sleep 1");
    expect(await shell(vm, "ps -o stat= | grep -c Z")).toBe("0\n");
  });

  it("protects kernel settings", async () => {
    const out = await shell(vm, "cat /proc/keys; echo 1 > /proc/sys/kernel/panic");
    expect(out).toBe("sh: can't create /proc/sys/kernel/panic: Read-only file system\n");
  });
});
