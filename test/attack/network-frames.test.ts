/** A guest that crafts its own frames, against the network process alone. */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readFileSync, rmSync } from "node:fs";
import { createServer, connect, type AddressInfo, type Server, type Socket } from "node:net";
import { join } from "node:path";
import type { Duplex, Readable } from "node:stream";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import {
  ARP_REQUEST,
  FLAGS,
  framed,
  GATEWAY,
  isArpReply,
  nextFrame,
  ping6,
  readTcp,
  tcp,
  udp,
} from "../unit/native/guest-frames.js";
import { buildPrograms, finish, spawnNetwork, type Programs } from "../unit/native/vmm-program.js";

let programs: Programs;
const children: ChildProcess[] = [];
const servers: Server[] = [];
const clients: Socket[] = [];

beforeAll(async () => {
  programs = await buildPrograms();
});
afterEach(() => {
  for (const client of clients.splice(0)) client.destroy();
  for (const server of servers.splice(0)) server.close();
  for (const child of children.splice(0)) child.kill("SIGKILL");
});
afterAll(() => rmSync(programs.folder, { recursive: true, force: true }));

/** Starts the network process with a limit on open files. */
async function started(files: number, ...words: string[]) {
  const limit = ["sh", "-c", `ulimit -n ${files} && exec "$0" "$@"`];
  const child = spawnNetwork(programs, limit, words);
  children.push(child);
  // Killed at the end of a test, it may leave frames unread.
  const frames = (child.stdio[3] as Duplex).on("error", () => undefined);
  await once(child.stdio[4] as Duplex, "data");
  frames.write(framed(ARP_REQUEST));
  await nextFrame(frames, isArpReply);
  return { child, frames };
}

/** A server on the host's loopback, with everything that it receives. */
async function listening() {
  const received: Buffer[] = [];
  const server = createServer((socket) => socket.on("data", (data) => received.push(data)));
  servers.push(server.listen(0, "127.0.0.1"));
  await once(server, "listening");
  return { server, port: (server.address() as AddressInfo).port, received };
}

/** Connects a guest's port to the gateway, and resolves with the next sequence number of the gateway. */
async function established(frames: Duplex, from: number, to: number, sequence: number): Promise<number> {
  frames.write(framed(tcp({ from, to, sequence, flags: FLAGS.syn })));
  const answer = await nextFrame(frames, (frame) => readTcp(frame)?.to === from);
  const segment = readTcp(answer);
  if (segment?.flags !== (FLAGS.syn | FLAGS.ack)) throw new Error(`no connection: ${answer.toString("hex")}`);
  const acknowledged = segment.sequence + 1;
  frames.write(framed(tcp({ from, to, sequence: sequence + 1, acknowledged, flags: FLAGS.ack })));
  return acknowledged;
}

/** CPU time that a process has used so far, in ticks of 10 ms in the kernel's file. */
function cpuSeconds(child: ChildProcess): number {
  const [, rest = ""] = readFileSync(`/proc/${child.pid}/stat`, "utf8").split(") ");
  const words = rest.split(" ").map(Number);
  return ((words[11] ?? 0) + (words[12] ?? 0)) / 100;
}

describe("a guest that crafts frames", () => {
  it("sends no memory of the network process with an urgent pointer beyond its data", async () => {
    const { port, received, server } = await listening();
    const { frames } = await started(1024, "--allow-host");
    const ended = once(server, "connection").then(([socket]) => once(socket as Socket, "end"));
    const acknowledged = await established(frames, 4000, port, 100);
    const urgent = FLAGS.ack | FLAGS.urgent;
    const data = Buffer.from("urgent");
    frames.write(
      framed(
        tcp({ from: 4000, to: port, sequence: 101, acknowledged, flags: urgent, urgent: 1000, data }),
        tcp({ from: 4000, to: port, sequence: 107, acknowledged, flags: FLAGS.ack | FLAGS.fin }),
      ),
    );
    await ended;
    expect(Buffer.concat(received).toString("latin1")).toBe("urgent");
  });

  it("cannot fill the box's log", async () => {
    const { child, frames } = await started(1024, "--ipv6");
    frames.write(framed(ping6(Buffer.from("20010db8000000000000000000000001", "hex")), ARP_REQUEST));
    await nextFrame(frames, isArpReply);
    frames.destroy();
    expect(await finish(child)).toMatchObject({ code: 0, stderr: "" });
  });

  it("does not reach libslirp's own servers", async () => {
    const { frames } = await started(1024);
    const request = Buffer.from("\0\x01file\0octet\0", "latin1");
    frames.write(framed(udp(5000, 69, GATEWAY, request), ARP_REQUEST));
    const next = await nextFrame(frames, () => true);
    expect(next.readUInt16BE(12)).toBe(0x0806);
  });

  it("can still connect after sending datagrams from more ports than it may", async () => {
    const { port } = await listening();
    const { frames } = await started(64, "--allow-host");
    const flows = Array.from({ length: 200 }, (_, i) => udp(5000 + i, port, GATEWAY, Buffer.from("x")));
    frames.write(framed(...flows));
    await expect(established(frames, 4000, port, 100)).resolves.toBeTypeOf("number");
  });

  it("finds no stream of the monitor in the network process", async () => {
    const { child } = await started(1024);
    const stdout = (child.stdout as Readable).resume();
    // Ends only when the process has closed it.
    if (!stdout.readableEnded) await once(stdout, "end");
    expect(child.exitCode).toBeNull();
  });

  it("cannot make the network process hold more than 3 GiB", async () => {
    const built = join(import.meta.dirname, "../../dist/native/box-network");
    const child = spawn(built, ["--libslirp", programs.libslirp, "--mtu", "1500"], {
      stdio: ["ignore", "pipe", "pipe", "pipe", "pipe"],
    });
    children.push(child);
    await once(child.stdio[4] as Duplex, "data");
    const limits = readFileSync(`/proc/${child.pid}/limits`, "utf8");
    expect(limits).toMatch(/^Max data size +3221225472 +3221225472 /m);
  });

  it("cannot make the network process spin by keeping too many clients connected", async () => {
    const { port } = await listening();
    servers.pop()?.close();
    const { child, frames } = await started(64, "--publish", "tcp", "127.0.0.1", String(port), "80");
    const closed = Array.from({ length: 100 }, () => {
      const client = connect(port, "127.0.0.1");
      clients.push(client.on("error", () => undefined));
      return once(client, "close");
    });
    await Promise.race(closed);
    expect(cpuSeconds(child)).toBeLessThan(10);
    frames.write(framed(ARP_REQUEST));
    await nextFrame(frames, isArpReply);
  });
});
