import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { awaitGone, buildPrograms, firstOutput, run, type Programs } from "./vmm-program.js";

let programs: Programs;
const children: ChildProcess[] = [];
let NETWORK: string;

beforeAll(async () => {
  programs = await buildPrograms();
  mkdirSync(join(programs.folder, "run"), { mode: 0o700 });
  NETWORK = join(programs.folder, "run", "blue.network");
});
afterEach(async () => {
  const running = children.splice(0).filter((child) => child.exitCode === null && child.signalCode === null);
  const ended = running.map((child) => once(child, "close"));
  for (const child of running) child.kill("SIGKILL");
  await Promise.all(ended);
  // The next boxes must find no switch.
  await Promise.all(switches().map(awaitGone));
});
afterAll(() => rmSync(programs.folder, { recursive: true, force: true }));

let count = 0;

const onNetwork = (path: string) => ["--network", path, "--subnet", "10.89.7"];

/** Starts a "box" on the network: both monitor and VMM are shells; the VMM's has the network at descriptor 6. */
function launch(monitor: string, vmm: string, network = onNetwork(NETWORK)) {
  const place = join(programs.folder, "run", String(count++));
  const words = ["/bin/sh", "-c", monitor].flatMap((word) => ["--monitor-arg", word]);
  const child = spawn(
    programs.helper,
    [
      ...["launch", "--lock", `${place}.lock`, "--socket", `${place}.sock`, ...words],
      ...[...network, ...(network.length > 0 ? ["--network-name", `box-${count}`] : [])],
      ...["--", "qemu", "--preload", programs.preload, "--", "/bin/sh", "-c", vmm],
    ],
    { stdio: ["ignore", "pipe", "pipe", "pipe"], env: { ...process.env, BOX_NETWORK_ADDRESS: "a lie" } },
  );
  children.push(child);
  return child;
}

/** Monitors that stay; the first one prints its address. */
const TELL = "echo $BOX_NETWORK_ADDRESS; exec sleep 10000";
const STAY = "exec sleep 10000";

/** The switches of the network. */
function switches(): number[] {
  const isSwitch = (pid: string) => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, "utf8").startsWith(`box-vmm\0switch\0${NETWORK}\0`);
    } catch {
      return false;
    }
  };
  return readdirSync("/proc")
    .filter((entry) => /^\d+$/.test(entry) && isSwitch(entry))
    .map(Number);
}

describe("launch --network", () => {
  it("starts one switch for boxes that start at the same time, assigns addresses, and ends it with the last box", async () => {
    const started = Array.from({ length: 6 }, () => launch(TELL, STAY));
    const addresses = (await Promise.all(started.map(firstOutput))).map((text) => text.trim());
    const all = Array.from({ length: 6 }, (_, i) => `10.89.7.${i + 2}/24`);
    expect(addresses.sort()).toEqual(all);
    const found = switches();
    expect(found).toHaveLength(1);
    const last = started.pop();
    for (const child of started) child.kill("SIGKILL");
    await Promise.all(started.map((child) => once(child, "close")));
    expect(switches()).toEqual(found);
    last?.kill("SIGKILL");
    await Promise.all(found.map(awaitGone));
    expect(await firstOutput(launch(TELL, STAY))).toBe("10.89.7.2/24\n");
  });

  it("connects the VMMs, and adds the interface to QEMU's options", async () => {
    const first = launch(
      "cat <&6",
      'echo "$0 $*"; unset LD_PRELOAD; head -c 46 <&6 | od -An -tx1 -v; exec sleep 10000',
    );
    const [line = ""] = (await firstOutput(first)).split("\n");
    expect(line).toBe(
      "-netdev stream,id=peers,addr.type=fd,addr.str=6 -device virtio-net-device,netdev=peers,mac=02:42:0a:59:07:02",
    );
    const arp = [
      ...[0, 0, 0, 42, 255, 255, 255, 255, 255, 255, 2, 0x42, 10, 89, 7, 3, 8, 6, 0, 1, 8, 0, 6, 4, 0, 1],
      ...[2, 0x42, 10, 89, 7, 3, 10, 89, 7, 3, 0, 0, 0, 0, 0, 0, 10, 89, 7, 2],
    ];
    // The first of two has a forged sender address.
    const frames = [...arp.with(29, 9), ...arp].map((byte) => `\\0${byte.toString(8)}`).join("");
    launch(STAY, `printf '%b' '${frames}' >&6; exec sleep 10000`);
    const received = (await firstOutput(first)).trim().split(/\s+/);
    expect(received).toEqual(arp.map((byte) => byte.toString(16).padStart(2, "0")));
  });

  it("fails if an address or a name is invalid", async () => {
    const long = await run(programs.helper, ["switch", NETWORK, "10.89.7.0"]);
    expect(long).toMatchObject({ code: 125, stderr: expect.stringContaining("10.89.7.0") as string });
    const child = launch(TELL, STAY, onNetwork(join(programs.folder, "run", "x".repeat(200))));
    const [code] = (await once(child, "close")) as [number];
    expect(code).toBe(125);
  });

  it("does not affect a box without a network", async () => {
    expect(await firstOutput(launch('echo "<$BOX_NETWORK_ADDRESS>"', STAY, []))).toBe("<>\n");
  });
});
