import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { awaitGone, buildPrograms, finish, firstOutput, run, type Programs } from "./vmm-program.js";

let programs: Programs;
const children: ChildProcess[] = [];
let SWITCH: string;

beforeAll(async () => {
  programs = await buildPrograms();
  mkdirSync(join(programs.folder, "run"), { mode: 0o700 });
  SWITCH = join(programs.folder, "run", "networks.switch");
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

const KEYS = { blue: "b1", red: "4ed" } as const;
const THIRDS = { blue: 7, red: 8 } as const;

/** Options for a network. */
const networkOptions = (network: keyof typeof KEYS, name: string) => [
  ...["--network", KEYS[network], "--label", network, "--subnet", `10.89.${THIRDS[network]}.0/24`],
  ...["--gateway", `10.89.${THIRDS[network]}.1`, "--network-name", name],
];

/** Options of `launch` for a box on networks. */
function onNetworks(networks: (keyof typeof KEYS)[], more: string[] = [], path = SWITCH): string[] {
  const id = (0xb0c0 + ++members).toString(16);
  const each = networks.flatMap((network) => networkOptions(network, `box-${id}`));
  return ["--switch", path, "--member", id, ...each, ...more];
}
let members = 0;

/** Starts a "box" on the network: both monitor and VMM are shells; the VMM's has the network at descriptor 6. */
function launch(monitor: string, vmm: string, network = onNetworks(["blue"])) {
  const place = join(programs.folder, "run", String(count++));
  const words = ["/bin/sh", "-c", monitor].flatMap((word) => ["--monitor-arg", word]);
  const child = spawn(
    programs.helper,
    [
      ...["launch", "--lock", `${place}.lock`, "--socket", `${place}.sock`, ...words],
      ...network,
      ...["--", "qemu", "--", "/bin/sh", "-c", vmm],
    ],
    { stdio: ["ignore", "pipe", "pipe", "pipe"], env: { ...process.env, BOX_NETWORKS: "a lie" } },
  );
  children.push(child);
  return child;
}

/** Monitors that stay; the first one prints its address. */
const TELL = "echo $BOX_NETWORKS; exec sleep 10000";
const STAY = "exec sleep 10000";

/** The ID that a box has on the switch. */
const memberOf = ({ spawnargs }: ChildProcess) => spawnargs[spawnargs.indexOf("--member") + 1] ?? "";

/** The running switches. */
function switches(): number[] {
  const isSwitch = (pid: string) => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, "utf8").startsWith(`box-vmm\0switch\0${SWITCH}\0`);
    } catch {
      return false;
    }
  };
  return readdirSync("/proc")
    .filter((entry) => /^\d+$/.test(entry) && isSwitch(entry))
    .map(Number);
}

/** Collects the lines of a process from now on. @returns a function that waits for this many of them */
function linesOf(child: ChildProcess): (count: number) => Promise<string[]> {
  let text = "";
  let check: () => void = () => undefined;
  child.stdout?.on("data", (data: Buffer) => {
    text += data.toString();
    check();
  });
  return (count) =>
    new Promise((resolve) => {
      check = () => {
        const lines = text.split("\n").slice(0, -1);
        if (lines.length >= count) resolve(lines.map((line) => line.trim()));
      };
      check();
    });
}

const hexOf = (bytes: number[]) => bytes.map((byte) => byte.toString(16).padStart(2, "0")).join(" ");

/** The exit code and message of a launch that fails. */
async function refusal(options: string[]): Promise<[number | null, string]> {
  const { code, stderr } = await finish(launch(TELL, STAY, options));
  return [code, stderr];
}

describe("launch --switch", () => {
  it("starts one switch for boxes that start at the same time, assigns addresses, and ends it with the last box", async () => {
    const started = Array.from({ length: 6 }, () => launch(TELL, STAY));
    const addresses = (await Promise.all(started.map(firstOutput))).map((text) => text.trim());
    const all = Array.from({ length: 6 }, (_, i) => `02:42:0a:59:07:0${i + 2} 10.89.7.${i + 2}/24 10.89.7.1`);
    expect(addresses.sort()).toEqual(all);
    const found = switches();
    expect(found).toHaveLength(1);
    const last = started.pop();
    for (const child of started) child.kill("SIGKILL");
    await Promise.all(started.map((child) => once(child, "close")));
    expect(switches()).toEqual(found);
    last?.kill("SIGKILL");
    await Promise.all(found.map(awaitGone));
    expect(await firstOutput(launch(TELL, STAY))).toBe("02:42:0a:59:07:02 10.89.7.2/24 10.89.7.1\n");
  });

  it("connects the VMMs, and adds the interface to QEMU's options", async () => {
    const first = launch(
      "cat <&6",
      'echo "$0 $*"; unset LD_PRELOAD; head -c 92 <&6 | od -An -tx1 -v -w46; exec sleep 10000',
    );
    const lines = linesOf(first);
    const [line = ""] = await lines(1);
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
    // The switch announces the address of a new box.
    expect(await lines(3)).toEqual([line, hexOf(arp.with(-1, 3)), hexOf(arp)]);
  });

  it("fails if an address or a name is invalid", async () => {
    const wrong: [string[], string][] = [
      [onNetworks(["blue"], [], join(programs.folder, "run", "x".repeat(200))), "too long"],
      [onNetworks(["blue"], ["--address", "10.89.7.300"]), "10.89.7.300"],
      [onNetworks(["blue"], ["--subnet", "10.89.7.0/31"]), "10.89.7.0/31"],
      [onNetworks(["blue"], ["--subnet", "10.89.7.1/24"]), "subnet is invalid"],
      [onNetworks(["blue"], ["--gateway", "10.89.9.1"]), "gateway is not in it"],
      [onNetworks(["blue"], ["--network-name", "x".repeat(256)]), "255"],
      [onNetworks(["blue"], ["--network-link", "no-target"]), "no-target"],
      [onNetworks(["blue", "blue"]), "invalid"],
      [onNetworks([]), "--network"],
    ];
    for (const [options, why] of wrong)
      expect([why, await refusal(options)]).toEqual([why, [125, expect.stringContaining(why)]]);
    expect(switches()).toEqual([]);
  });

  it("gives a box an address on each of its networks, and passes no frame between others", async () => {
    const show = (frames: number) =>
      `echo up; unset LD_PRELOAD; head -c ${frames * 46} <&6 | od -An -tx1 -v -w46; exec sleep 10000`;
    const blue = launch("cat <&6", show(2), onNetworks(["blue"]));
    const red = launch("cat <&6", show(3), onNetworks(["red"], ["--address", "10.89.8.77"]));
    const [blueLines, redLines] = [linesOf(blue), linesOf(red)];
    expect(await Promise.all([blueLines(1), redLines(1)])).toEqual([["up"], ["up"]]);
    // From the box's own MAC, to everybody.
    const arp = (third: number, last: number) => [
      ...[0, 0, 0, 42, 255, 255, 255, 255, 255, 255, 2, 0x42, 10, 89, 7, 3, 8, 6, 0, 1, 8, 0, 6, 4, 0, 1],
      ...[2, 0x42, 10, 89, 7, 3, 10, 89, third, last, 0, 0, 0, 0, 0, 0, 10, 89, third, 99],
    ];
    const sent = [arp(7, 2), arp(8, 3), arp(8, 2), arp(7, 3), arp(8, 2)].flat();
    const both = launch(
      TELL,
      `printf '%b' '${sent.map((byte) => `\\0${byte.toString(8)}`).join("")}' >&6; exec sleep 10000`,
      onNetworks(["blue", "red"]),
    );
    expect(await firstOutput(both)).toBe("02:42:0a:59:07:03 10.89.7.3/24 10.89.7.1 10.89.8.2/24 10.89.8.1\n");
    const announced = (third: number, last: number) => arp(third, last).with(-1, last);
    expect(await blueLines(3)).toEqual(["up", hexOf(announced(7, 3)), hexOf(arp(7, 3))]);
    expect(await redLines(4)).toEqual(["up", ...[announced(8, 2), arp(8, 2), arp(8, 2)].map(hexOf)]);
  });

  it("refuses an address that another box has, is the network's own, or is not in its subnet", async () => {
    const held = launch(TELL, STAY, onNetworks(["blue"], ["--address", "10.89.7.9"]));
    expect(await firstOutput(held)).toContain("10.89.7.9/24");
    const taken = "failed to set up container networking: Address already in use:";
    expect(await refusal(onNetworks(["red", "blue"], ["--address", "10.89.7.9"]))).toEqual([
      125,
      `box-vmm: ${taken} 10.89.7.9 on network blue\n`,
    ]);
    expect(await refusal(onNetworks(["blue"], ["--address", "10.89.7.1"]))).toEqual([
      125,
      `box-vmm: ${taken} 10.89.7.1 on network blue\n`,
    ]);
    const [code, outside] = await refusal(onNetworks(["red"], ["--address", "10.89.7.10"]));
    expect([code, outside]).toEqual([
      125,
      expect.stringContaining("red: invalid endpoint settings") as string,
    ]);
    // The switch ends when it knows that the box has left.
    const found = switches();
    held.kill("SIGKILL");
    await Promise.all(found.map(awaitGone));
    expect(await firstOutput(launch(TELL, STAY, onNetworks(["blue"], ["--address", "10.89.7.9"])))).toContain(
      "10.89.7.9/24",
    );
  });

  it("changes the networks of a running box", async () => {
    const change = (...words: string[]) =>
      run(programs.helper, ["change", "--switch", SWITCH, "--member", ...words]);
    expect((await change("b1", ...networkOptions("red", "late"))).code).toBe(125);
    const start = (network: keyof typeof KEYS) =>
      launch("cat <&6", "echo up; exec sleep 10000", onNetworks([network]));
    const box = start("blue");
    for (const child of [box, start("red")]) expect(await firstOutput(child)).toBe("up\n");
    const id = memberOf(box);
    expect(await change(id, ...networkOptions("red", "late"), "--leave", KEYS.blue)).toMatchObject({
      code: 0,
      stdout: "02:42:0a:59:07:02 10.89.8.3/24 10.89.8.1\n",
    });
    expect(await change(id, "--leave", KEYS.blue, "--label", "blue")).toMatchObject({
      code: 125,
      stderr: "box-vmm: failed to set up container networking: the box is not on network blue\n",
    });
    const named = ["--network-name", "other"];
    expect(await change(id, "--rename", KEYS.red, ...named)).toMatchObject({ code: 0, stderr: "" });
    expect(await change(id, "--rename", KEYS.blue, "--label", "blue", ...named)).toMatchObject({
      code: 125,
      stderr: "box-vmm: failed to set up container networking: the box is not on network blue\n",
    });
    expect(await change(id, "--rename", KEYS.red)).toMatchObject({
      code: 125,
      stderr: expect.stringContaining("--network-name is needed") as string,
    });
    // Its former address is free now.
    expect(await firstOutput(launch(TELL, STAY, onNetworks(["blue"])))).toContain(" 10.89.7.2/24 ");
  });

  it("does not affect a box without a network", async () => {
    expect(await firstOutput(launch('echo "<$BOX_NETWORKS>"', STAY, []))).toBe("<>\n");
  });
});
