// @module-tag vm
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, stat, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { FrameType, encodeFrame } from "../../../src/vm/protocol/guest/frames.js";
import { encodeConfigure, encodeStart } from "../../../src/vm/protocol/guest/messages.js";
import { runProgram, shell, START } from "./program.js";
import { boot, bootConfigured, CONFIG, makeImage, makeUpper, TOOLS, type Vm } from "./vm.js";

// A real VM under emulation: the timeout only catches hangs and must never depend on the machine's speed.
vi.setConfig({ testTimeout: 600_000, hookTimeout: 600_000 });

let folder: string;
let image: string;

const newUpper = (name: string) => makeUpper(join(folder, name));

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "box-agent-test-"));
  image = join(folder, "image.erofs");
  await makeImage(image);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe("when the main program exits", () => {
  it("all other programs are killed, and no output is lost, even if its START directly followed CONFIGURE", async () => {
    const other = await boot(image, await newUpper("upper-main"));
    for (const part of encodeConfigure(CONFIG)) other.socket.write(part);
    const main = ["sh", "-c", "sleep 1000 & seq 1 100000; exit 7"];
    const ran = await runProgram({ ...other, next: skipConfigured(other) }, main, { main: true });
    expect(ran.exit?.code).toBe(7);
    expect(ran.stdout.length).toBe(588_895);
    expect((await runProgram(other, ["true"])).error?.code).toBe("failed");
    other.socket.write(encodeFrame(FrameType.SHUTDOWN, 0, Buffer.alloc(0)));
    await other.ended;
  });
});

describe("a VM that was copied from a template", () => {
  it("greets the host again when it is woken, and has no network interface if it gets no network", async () => {
    const random = Buffer.alloc(32, 1);
    const vm = await boot(image, await newUpper("upper-woken"), ["-device", "virtio-net-device"]);
    vm.socket.write(encodeFrame(FrameType.WAKE, 0, random));
    expect((await vm.next()).type).toBe(FrameType.HELLO);
    for (const part of encodeConfigure({ ...CONFIG, network: null })) vm.socket.write(part);
    expect((await vm.next()).type).toBe(FrameType.CONFIGURED);
    expect(await shell(vm, "ls /sys/class/net")).not.toContain("eth0");
    vm.socket.write(encodeFrame(FrameType.WAKE, 0, random));
    expect((await vm.next()).payload.toString()).toContain("the host sent WAKE after CONFIGURE");
    await vm.ended;
  });
});

describe("a VM that becomes a template", () => {
  it("has its layer mounted when it is woken, and goes on with an image that is there later", async () => {
    const upper = await newUpper("upper-frozen");
    const later = join(dirname(upper), "later.erofs");
    await writeFile(later, "");
    await truncate(later, (await stat(image)).size);
    const vm = await boot(later, upper);
    vm.socket.write(encodeFrame(FrameType.WAKE, 0, Buffer.alloc(32, 1)));
    expect((await vm.next()).type).toBe(FrameType.HELLO);
    // Not cleanly unmounted, and with overlayfs's directories.
    expect((await readFile(upper)).readUInt16LE(1024 + 0x3a)).toBe(0);
    const { stdout } = await promisify(execFile)("debugfs", ["-R", "ls -p /", upper], TOOLS);
    expect(stdout).toMatch(/\/040755\/0\/0\/root\//);
    await writeFile(later, await readFile(image), { flag: "r+" });
    for (const part of encodeConfigure(CONFIG)) vm.socket.write(part);
    expect((await vm.next()).type).toBe(FrameType.CONFIGURED);
    expect(await shell(vm, "echo kept > /etc/kept; cat /etc/kept; ls /bin/plain")).toBe("kept\n/bin/plain\n");
    vm.socket.write(encodeFrame(FrameType.SHUTDOWN, 0, Buffer.alloc(0)));
    await vm.ended;
    expect((await promisify(execFile)("e2fsck", ["-fn", upper], TOOLS)).stdout).toContain("Pass 5");
    expect((await readFile(upper)).readUInt16LE(1024 + 0x3a)).toBe(1);
  });
});

describe("the main program", () => {
  it("runs beside a process 1 that reaps orphans, or is process 1 itself", { tags: "full" }, async () => {
    const look = "echo $$; (sleep 0.1 &); sleep 1; ps -o stat= | grep -c Z; grep ^CapPrm /proc/1/status";
    const seen = async (first: boolean) => {
      const other = await bootConfigured(image, await newUpper(`upper-first-${first}`));
      const { stdout } = await runProgram(other, ["sh", "-c", look], { main: true, first });
      other.kill();
      await other.ended;
      return stdout.toString();
    };
    expect(await seen(false)).toBe("2\n0\nCapPrm:\t0000000000000000\n");
    expect(await seen(true)).toMatch(/^1\n\d\nCapPrm:\t00000000a80425fb\n$/);
  });

  it("shares its namespaces with programs that start later, and ends when the host violates the protocol", async () => {
    const other = await bootConfigured(image, await newUpper("upper-joined"), { pidsLimit: 30 });
    for (const part of encodeStart(1, { ...START, argv: ["sleep", "1000"], main: true }))
      other.socket.write(part);
    expect((await other.next()).type).toBe(FrameType.STARTED);
    const seen = await shell(other, "ps -o pid,args | grep -c '[s]leep 1000'; cat /sys/fs/cgroup/pids.max");
    expect(seen).toBe("1\n30\n");
    other.socket.write(Buffer.alloc(8, 0xff));
    expect((await other.next()).type).toBe(FrameType.ERROR);
    await other.ended;
  });
});

describe("a box", () => {
  it(
    "keeps its writable layer across a shutdown, and can have a read-only root",
    { tags: "full" },
    async () => {
      const upper = await newUpper("upper-kept");
      const first = await bootConfigured(image, upper);
      await shell(first, "echo kept > /etc/kept; rm /bin/plain");
      first.socket.write(encodeFrame(FrameType.SHUTDOWN, 0, Buffer.alloc(0)));
      await first.ended;
      // s_state in the superblock: cleanly unmounted.
      expect((await readFile(upper)).readUInt16LE(1024 + 0x3a)).toBe(1);
      const second = await bootConfigured(image, upper, { readOnlyRoot: true });
      expect(await shell(second, "cat /etc/kept; ls /bin/plain; touch /x; hostname")).toMatch(
        /^kept\ncrate\nls: .*No such file[^]*Read-only/,
      );
      second.kill();
      await second.ended;
    },
  );

  it("has the configured network", { tags: "full" }, async () => {
    const network = { interface: "eth0", address: "10.0.2.15/24", gateway: "10.0.2.2" };
    const devices = ["-netdev", "user,id=net", "-device", "virtio-net-device,netdev=net"];
    const other = await bootConfigured(image, await newUpper("upper-net"), { network }, devices);
    const out = await shell(
      other,
      "ip -4 -o addr show eth0; ip route; ping -c 1 10.0.2.2 | grep -c 'bytes from'",
    );
    expect(out).toMatch(/inet 10\.0\.2\.15\/24 [^]*default via 10\.0\.2\.2 dev eth0[^]*\n1\n$/);
    other.kill();
    await other.ended;
  });

  it("reports why it cannot be configured, and ends", async () => {
    const other = await boot(image, await newUpper("upper-wrong"));
    const volumes = [{ name: "0", path: "/v", readOnly: false, file: false, populate: false }];
    for (const part of encodeConfigure({ ...CONFIG, volumes })) other.socket.write(part);
    const frame = await other.next();
    expect([frame.type, frame.channel]).toEqual([FrameType.ERROR, 0]);
    expect(frame.payload.toString()).toContain("virtiofs");
    await other.ended;
    expect(other.console()).toContain("box-agent: cannot mount volumes (virtiofs)");
  });
});

function skipConfigured(other: Vm): Vm["next"] {
  return async () => {
    const frame = await other.next();
    return frame.type === FrameType.CONFIGURED ? other.next() : frame;
  };
}
