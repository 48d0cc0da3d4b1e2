import { execFileSync, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { createServer, connect, type AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { randomNumbers } from "../../random.js";
import {
  ARP_REQUEST,
  FLAGS,
  GUEST,
  checksum,
  framed,
  isArpReply,
  nextFrame,
  readTcp,
  tcp,
} from "./guest-frames.js";
import { buildPrograms, finish, spawnNetwork, type Programs } from "./vmm-program.js";

let programs: Programs;
const children: ChildProcess[] = [];

beforeAll(async () => {
  programs = await buildPrograms();
});
afterEach(() => children.splice(0).forEach((child) => child.kill("SIGKILL")));
afterAll(() => rmSync(programs.folder, { recursive: true, force: true }));

/** Starts the network process with its frames at descriptor 3 and its report at 4. */
function start(...words: string[]) {
  return startFrom([], ...words);
}

function startFrom(before: string[], ...words: string[]) {
  const child = spawnNetwork(programs, before, words);
  children.push(child);
  return { child, frames: child.stdio[3] as Duplex, ready: child.stdio[4] as Duplex };
}

async function started(...words: string[]) {
  const running = start(...words);
  await once(running.ready, "data");
  return running;
}

/** Where the checksum is in an ICMP, TCP and UDP header. */
const CHECKSUM_AT = new Map([
  [1, 2],
  [6, 16],
  [17, 6],
]);
/** Only addresses that are closed to guests or the network's own, so that nothing leaves this host. */
const TARGETS = [
  [127, 0, 0, 1],
  [10, 0, 2, 2],
  [10, 0, 2, 3],
  [169, 254, 1, 1],
];

/** Makes a frame an IPv4 packet whose lengths and fragment offset may be wrong, but not its checksums. */
function writeIpv4(frame: Buffer, below: (limit: number) => number) {
  const payload = frame.subarray(34);
  const protocol = [1, 6, 17][below(3)] ?? 1;
  const length = below(4) === 0 ? below(65536) : frame.length - 14;
  const target = Buffer.from(TARGETS[below(TARGETS.length)] ?? []);
  frame[14] = 0x45;
  frame.writeUInt16BE(length, 16);
  frame.writeUInt16BE(below(4) === 0 ? below(65536) : 0, 20);
  frame.set([64, protocol], 22);
  frame.set([...GUEST, ...target], 26);
  frame.writeUInt16BE(0, 24);
  frame.writeUInt16BE(checksum(frame.subarray(14, 34)), 24);
  const at = CHECKSUM_AT.get(protocol) ?? 0;
  if (payload.length < at + 2) return;
  if (protocol === 6 && payload.length > 13) payload[12] = ((5 + below(3)) << 4) | below(2);
  if (protocol === 17 && below(2) === 0) payload.writeUInt16BE(payload.length, 4);
  payload.writeUInt16BE(0, at);
  const size = Buffer.alloc(2);
  size.writeUInt16BE(length - 20 < 0 ? 0 : length - 20);
  const pseudo = protocol === 1 ? [] : [GUEST, target, Buffer.from([0, protocol]), size];
  payload.writeUInt16BE(checksum(...pseudo, payload), at);
}

/** Frames of all protocols, with headers and lengths that are often wrong. */
function hostileFrames(count: number, seed: number): Buffer[] {
  const random = randomNumbers(seed);
  const below = (limit: number) => Math.floor(random() * limit);
  return Array.from({ length: count }, () => {
    const frame = Buffer.alloc(14 + below(below(4) === 0 ? 1500 : 80));
    for (let at = 0; at < frame.length; at++) frame[at] = below(256);
    Buffer.from("52550a0002025254001234560800", "hex").copy(frame);
    const kind = below(16);
    if (kind < 2) frame.writeUInt16BE(0x86dd, 12);
    else if (kind === 2) frame.writeUInt16BE(0x0806, 12);
    else if (kind > 3 && frame.length >= 34) writeIpv4(frame, below);
    return frame;
  });
}

describe("box-network", () => {
  it("answers the guest, and ends with its stream", async () => {
    const { child, frames } = await started();
    frames.write(framed(ARP_REQUEST));
    await nextFrame(frames, isArpReply);
    const ended = once(child, "close");
    frames.destroy();
    expect(await ended).toEqual([0, null]);
  });

  it.runIf(process.getuid?.() === 0)(
    "answers an ordinary user's guest where user namespaces are refused, held by its filter",
    async () => {
      const refuse = join(programs.folder, "refuse");
      const source = join(import.meta.dirname, "../../attack/vm/refuse-namespaces.c");
      execFileSync("gcc", ["-O1", "-o", refuse, source]);
      const user = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"];
      const { child, frames, ready } = startFrom([refuse, "user", ...user]);
      await once(ready, "data");
      frames.write(framed(ARP_REQUEST));
      await nextFrame(frames, isArpReply);
      const status = readFileSync(`/proc/${child.pid ?? 0}/status`, "utf8");
      expect(status).toMatch(/^Seccomp:\s+2$/m);
      expect(status).toMatch(/^CapEff:\s+0+$/m);
    },
  );

  it(
    "skips frames that are too long, and survives those with malformed headers",
    { tags: "slow" },
    async () => {
      const { frames } = await started("--ipv6");
      const seed = Date.now() % 2 ** 31;
      const tooLong = Buffer.alloc(70_000, 7);
      frames.write(framed(tooLong, ...hostileFrames(20_000, seed), ARP_REQUEST));
      const reply = await nextFrame(frames, isArpReply).catch((error: unknown) => error);
      expect({ seed, reply }).toEqual({ seed, reply: expect.any(Buffer) as Buffer });
    },
  );

  it("listens on published ports before it confines itself, with a SYN for the guest per client", async () => {
    const port = await freePort();
    const { frames } = await started("--publish", "tcp", "127.0.0.1", String(port), "80");
    const client = connect(port, "127.0.0.1");
    await once(client, "connect");
    // The guest's link-layer address is not known yet, so the first frame asks for it.
    await nextFrame(frames, (frame) => frame.readUInt16BE(12) === 0x0806);
    client.destroy();
  });

  it.runIf(process.getuid?.() === 0)(
    "resets a connection to an address that nobody has, as soon as the host gives up",
    // libslirp itself gives up after 75 seconds, the host after three.
    { timeout: 60_000 },
    async () => {
      // Both ends of the cable are here, and neither has the address.
      const script = [
        "ip link set lo up",
        "ip link add near type veth peer name far",
        "ip address add 198.18.0.1/24 dev near",
        "ip link set far up",
        "ip link set near up",
        'exec "$@"',
      ].join(" && ");
      const { frames, ready } = startFrom(["unshare", "--net", "sh", "-c", script, "sh"]);
      await once(ready, "data");
      const syn = {
        from: 40_000,
        to: 80,
        address: Buffer.from([198, 18, 0, 9]),
        sequence: 100,
        flags: FLAGS.syn,
      };
      frames.write(framed(ARP_REQUEST, tcp(syn)));
      const reply = await nextFrame(frames, (frame) => readTcp(frame) !== undefined);
      expect(readTcp(reply)).toMatchObject({ to: 40_000, flags: FLAGS.reset | FLAGS.ack });
    },
  );

  it("repeats what a client has sent to a guest that has repeated its SYN", async () => {
    const port = await freePort();
    const { frames } = await started("--publish", "tcp", "127.0.0.1", String(port), "80");
    frames.write(framed(ARP_REQUEST));
    await nextFrame(frames, isArpReply);
    const client = connect(port, "127.0.0.1");
    const syn = readTcp(await nextFrame(frames, (frame) => readTcp(frame) !== undefined));
    const { from, sequence } = syn ?? { from: 0, sequence: 0 };
    const accept = tcp({
      from: 80,
      to: from,
      sequence: 500,
      acknowledged: sequence + 1,
      flags: FLAGS.syn | FLAGS.ack,
      options: Buffer.from([2, 4, 5, 0xb4]),
    });
    frames.write(framed(accept));
    client.write("what a client has sent");
    const hasData = (frame: Buffer) => frame.includes("what a client has sent");
    await nextFrame(frames, hasData);
    frames.write(framed(accept));
    expect(readTcp(await nextFrame(frames, hasData))).toMatchObject({ sequence: sequence + 1 });
    client.destroy();
  });

  it("names a published port that is in use, and does not start", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const { child } = start("--publish", "tcp", "127.0.0.1", String(port), "80");
    expect(await finish(child)).toMatchObject({
      code: 125,
      stderr: expect.stringContaining(`port 127.0.0.1:${port} is already in use`) as string,
    });
    server.close();
  });

  it.each([
    [["--mtu", "x"], "x is not a number"],
    [["--publish", "tcp", "127.0.0.1", "80"], "--publish needs four values"],
    [["--resolver", "8.8.8.8"], "8.8.8.8 is not a resolver"],
    [["--what"], "--what needs a value"],
    [["--libslirp", "/nowhere"], "cannot load libslirp: /nowhere"],
  ])("refuses %j", async (words, reason) => {
    const { code, stderr } = await finish(start(...words).child);
    expect({ code, stderr }).toEqual({ code: 125, stderr: expect.stringContaining(reason) as string });
  });
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}
