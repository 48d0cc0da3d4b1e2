import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { freePort } from "../registry/registry.js";
import { removedAfterEach } from "./background.js";
import {
  awaitLog,
  box,
  DRIVER,
  fetchText,
  ONLY_FULL_ON_KRUN,
  run,
  runDetached,
  SAME_ON_KRUN,
} from "./box.js";
import { BUSYBOX, NGINX } from "./images.js";
import { networkGuest, readFound, type Found } from "./network-guest.js";
import {
  askTcp,
  askUdp,
  ownAddress,
  runInOwnMounts,
  serveAtTheEnd,
  serveDns,
  serveHost,
  type HostServices,
} from "./network-host.js";

const detached = removedAfterEach();
/** Services of this host: on loopback, and on an address reachable from outside. */
let loopback: HostServices;
let outside: HostServices;

beforeAll(async () => {
  [loopback, outside] = await Promise.all([serveHost("127.0.0.1"), serveHost(ownAddress)]);
});
afterAll(() => [loopback, outside].forEach(({ close }) => close()));

/** Ten times as much in the second tier of tests. */
const HALF_CLOSED_BYTES = process.env["BOX_TEST_LONG"] === "1" ? 10_000_000 : 1_000_000;

const both = (host: string, { tcp, udp }: HostServices) => [`tcp:${host}:${tcp}`, `udp:${host}:${udp}`];

/**
 * libkrun's TSI has no UDP servers, maps a box's port to a single host port, and loses data sent after a half-close.
 */
const isTsi = (mode: string) => DRIVER === "krun" && mode === "tsi";

/** On QEMU, this is also what a box without the flag has; the other tests of bridge use the flag. */
const isDefault = (mode: string) => DRIVER === "qemu" && mode === "bridge";

/** With bridge, box's network process is the same on both drivers, and only its connection to the VMM is specific. */
const onlyFull = (mode: string) => ONLY_FULL_ON_KRUN && mode === "bridge";

// On QEMU, tsi is bridge.
describe("--network tsi", DRIVER === "qemu" ? { tags: "full" } : {}, () => testMode("tsi"));
describe(`--network bridge${isDefault("bridge") ? ", the default" : ""}`, () => testMode("bridge"));

function testMode(mode: string): void {
  const HOST = [
    "127.0.0.1",
    "10.0.2.2",
    "::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.2.2",
    "fd10:2::2",
    "169.254.1.1",
  ];
  const udp = !isTsi(mode);
  let id: string;
  let found: Found;
  let ports: number[];
  const port = (index: number) => ports[index] ?? 0;

  // A single box answers most questions.
  beforeAll(async () => {
    ports = await Promise.all(Array.from({ length: 9 }, freePort));
    const publish = [
      ...["-p", `${port(0)}:80`, "-p", `127.0.0.1:${port(1)}:81`, "-p", "127.0.0.1::82"],
      ...["-p", `127.0.0.1:${port(2)}:7`, "-p", `127.0.0.1:${port(6)}:83`, "-p", `127.0.0.1:${port(7)}:84`],
      ...["-p", `127.0.0.1:${port(8)}:85`],
      ...(isTsi(mode) ? [] : ["-p", `[::1]:${port(1)}:81`, "-p", `127.0.0.1:${port(3)}:81`]),
      ...(udp
        ? ["-p", `${port(4)}:53/udp`, "-p", `127.0.0.1:${port(5)}:54/udp`, "-p", `[::1]:${port(5)}:55/udp`]
        : []),
    ];
    const servers = [
      "serve-tcp::79",
      "serve-tcp::80",
      "serve-tcp::81",
      "serve-tcp::82",
      "serve-tcp:crate:83",
      "echo-tcp::7",
      "greet-tcp::84",
    ];
    const words = [
      ...servers,
      ...(udp ? ["serve-udp::53", "serve-udp::54", "serve-udp::55"] : []),
      ...["tcp:127.0.0.1:79", "tcp:127.0.0.1:80", ...both(ownAddress, outside)],
      // All at once would overload TSI, which gives up on connections after two seconds on a busy host.
      ...["then::", ...HOST.flatMap((host) => both(host, loopback))],
    ];
    const network = isDefault(mode) ? [] : ["--network", mode];
    id = await runDetached([...network, "--hostname", "crate", ...publish, ...networkGuest(words)]);
    await awaitLog(id, "done");
    found = readFound((await box(["logs", id])).stdout);
  });
  afterAll(() => box(["rm", "-f", id]));

  it("blocks TCP and UDP to the host's loopback and link-local addresses", () => {
    for (const probe of HOST.flatMap((host) => both(host, loopback))) {
      expect([probe, found.get(probe)]).toEqual([probe, expect.stringMatching(/^(refused|silent)$/)]);
      // A client that connects over TCP is refused immediately.
      if (probe.startsWith("tcp")) expect([probe, found.get(probe)]).toEqual([probe, "refused"]);
    }
  });

  it("reaches the host's other addresses", () => {
    for (const probe of both(ownAddress, outside)) expect(found.get(probe)).toBe("reached");
  });

  it("leaves localhost to the guest, including published ports", () => {
    expect([found.get("tcp:127.0.0.1:79"), found.get("tcp:127.0.0.1:80")]).toEqual(["79 hello", "80 hello"]);
  });

  it("exposes no unpublished port", async () => {
    for (const host of ["127.0.0.1", "::1", ownAddress]) expect(await askTcp(host, 79)).toBe("refused");
  });

  it("publishes on every address of the host, or on the given one", async () => {
    // TSI opens IPv6 only for IPv6 servers in the box.
    const hosts = ["127.0.0.1", ownAddress, ...(isTsi(mode) ? [] : ["::1"])];
    for (const host of hosts) expect(await askTcp(host, port(0))).toBe("80 hi");
    expect(await askTcp("127.0.0.1", port(1))).toBe("81 hi");
    expect(await askTcp(ownAddress, port(1))).toBe("refused");
  });

  // With TSI, a box has only the addresses of its loopback.
  it.skipIf(isTsi(mode))("publishes a server that listens on the address of the box's own name", async () => {
    expect(await askTcp("127.0.0.1", port(6))).toBe("83 hi");
  });

  it.skipIf(isTsi(mode))(
    "publishes one port of the box on several host ports, and an IPv4 server on an IPv6 address",
    async () => {
      expect(await askTcp("::1", port(1))).toBe("81 hi");
      expect(await askTcp("127.0.0.1", port(3))).toBe("81 hi");
      expect(await askTcp("::1", port(3))).toBe("refused");
    },
  );

  it.skipIf(onlyFull(mode))("picks a free port when none is given, and reports it", async () => {
    const line = (await box(["ps"])).stdout.split("\n").find((row) => row.startsWith(id.slice(0, 12))) ?? "";
    expect(line).toContain(`127.0.0.1:${port(1)}->81/tcp`);
    expect(await askTcp("127.0.0.1", Number(/127\.0\.0\.1:(\d+)->82/.exec(line)?.[1]))).toBe("82 hi");
  });

  it.skipIf(onlyFull(mode))("keeps a port from other boxes even while nothing listens on it", async () => {
    const { code, stderr } = await run(["--rm", "-p", `127.0.0.1:${port(8)}:80`, BUSYBOX, "true"]);
    expect(code).toBe(125);
    expect(stderr).toContain(String(port(8)));
  });

  it("answers each of many concurrent clients", async () => {
    // TSI gives each connection two seconds, even on a busy host.
    const count = isTsi(mode) ? 10 : ONLY_FULL_ON_KRUN ? 100 : 500;
    const clients = Array.from({ length: count }, () => askTcp("127.0.0.1", port(0)));
    expect(new Set(await Promise.all(clients))).toEqual(new Set(["80 hi"]));
  });

  it("carries the greeting of a server whose clients wait for it", async () => {
    const socket = connect(port(7), "127.0.0.1");
    onTestFinished(() => void socket.destroy());
    expect(String(await once(socket, "data"))).toBe("welcome");
  });

  it.runIf(udp)("publishes UDP to local and remote clients over IPv4 and IPv6", async () => {
    for (const host of ["127.0.0.1", ownAddress, "::1", "127.0.0.1"])
      expect(await askUdp(host, port(4))).toBe("53 hi");
    expect(await askUdp("127.0.0.1", port(5))).toBe("54 hi");
    expect(await askUdp("::1", port(5))).toBe("55 hi");
  });

  it.runIf(udp)("carries datagrams of up to 64 KiB in both directions", async () => {
    for (const length of [1472, 1473, 9000, 65_000]) {
      const text = "0123456789".repeat(length / 10 + 1).slice(0, length);
      expect((await askUdp("127.0.0.1", port(4), text)) === `53 ${text}`, `${length} bytes`).toBe(true);
    }
  });

  it("carries all data in both directions and closes each separately", async () => {
    const sent = Buffer.alloc(ONLY_FULL_ON_KRUN ? 1_000_000 : 2_000_000, "abcdefghij");
    expect((await echo(port(2), sent, "when all is back")).equals(sent)).toBe(true);
  });

  // libkrun's TSI does not support this (docs/networking.md).
  it.skipIf(isTsi(mode) || onlyFull(mode))(
    "carries data sent after a half-close, on many connections at once",
    async () => {
      const sent = Buffer.alloc(HALF_CLOSED_BYTES, "abcdefghij");
      const connections = Array.from({ length: 20 }, () => echo(port(2), sent, "at once"));
      for (const received of await Promise.all(connections)) expect(received.equals(sent)).toBe(true);
    },
  );

  it.skipIf(isTsi(mode) || onlyFull(mode))(
    "carries all of a reply to a program in the box that half-closes first",
    async () => {
      const { port, close } = await serveAtTheEnd(ownAddress, 2_000_000);
      onTestFinished(close);
      const ask = `printf hi | nc ${ownAddress} ${port} | wc -c`;
      const { stdout } = await box(["exec", id, "sh", "-c", ask]);
      expect(stdout.trim()).toBe("2000000");
    },
  );

  it.runIf(process.getuid?.() === 0 && !onlyFull(mode))(
    "opens the host's loopback for host-gateway, and asks the host's resolver",
    async () => {
      await serveDns("127.0.0.77");
      const folder = mkdtempSync(join(tmpdir(), "box-net-"));
      onTestFinished(() => rmSync(folder, { recursive: true }));
      const resolv = join(folder, "resolv.conf");
      writeFileSync(resolv, "nameserver 127.0.0.77\nsearch example.test\n");
      const look =
        "cat /etc/resolv.conf; grep host.test /etc/hosts; nslookup -type=a name.test | sed -n 's/^Address: */address /p'";
      const { stdout, stderr } = await runInOwnMounts({ "/etc/resolv.conf": resolv, "/run/systemd": "" }, [
        ...[
          "run",
          "--vmm",
          DRIVER,
          "--cpus",
          "1",
          "--rm",
          "--network",
          mode,
          "--add-host",
          "host.test:host-gateway",
        ],
        ...networkGuest(both("10.0.2.2", loopback), look),
      ]);
      const seen = readFound(stdout);
      expect(stderr).toBe("");
      expect(stdout).toContain("search example.test\nnameserver 10.0.2.3\n");
      expect(stdout).toContain("10.0.2.2\thost.test\n");
      expect(seen.get("address")).toBe("192.0.2.77");
      for (const probe of both("10.0.2.2", loopback))
        expect([probe, seen.get(probe)]).toEqual([probe, "reached"]);
    },
  );
}

/** Sends all data, ends its half of the connection, and reads the other half to the end. */
async function echo(port: number, sent: Buffer, end: "at once" | "when all is back"): Promise<Buffer> {
  const socket = connect({ host: "127.0.0.1", port, allowHalfOpen: true });
  const chunks: Buffer[] = [];
  let received = 0;
  socket.on("data", (chunk: Buffer) => {
    chunks.push(chunk);
    received += chunk.length;
    if (end === "when all is back" && received >= sent.length) socket.end();
  });
  if (end === "at once") socket.end(sent);
  else socket.write(sent);
  try {
    await once(socket, "end");
  } finally {
    socket.destroy();
  }
  return Buffer.concat(chunks);
}

describe("a published port", () => {
  it.skipIf(SAME_ON_KRUN)("is assigned to every port of the image and of --expose, with -P", async () => {
    const id = await detached(["-P", "--expose", "81", "--expose", "9000-9001/tcp", NGINX]);
    const line = (await box(["ps"])).stdout.split("\n").find((row) => row.startsWith(id.slice(0, 12))) ?? "";
    const port = Number(/0\.0\.0\.0:(\d+)->80\/tcp/.exec(line)?.[1]);
    expect(await fetchText(`http://127.0.0.1:${port}/`)).toContain("nginx");
    const { stdout } = await box(["port", id]);
    const ports = ["80", "81", "9000", "9001"].map((each) => `${each}/tcp -> `);
    expect([...new Set(stdout.match(/^\d+\/tcp -> /gm))].sort()).toEqual(ports);
    expect((await box(["ps", "-q", "-f", "expose=9001", "-f", "expose=81"])).stdout).toContain(
      id.slice(0, 12),
    );
  });

  it("that is in use is an error that names it, and keeps the box unless it is one of --rm", async () => {
    const name = `no-port-${DRIVER}`;
    const listed = async () =>
      (await box(["ps", "-a", "-f", `name=${name}`, "--format", "{{.Status}}"])).stdout;
    const ports = ["-p", `${ownAddress}:${outside.tcp}:80`];
    for (const kept of ONLY_FULL_ON_KRUN ? [["--rm"]] : [[], ["-d"], ["--rm"]]) {
      const { code, stdout, stderr } = await run([...kept, "--name", name, ...ports, NGINX]);
      expect(code).toBe(125);
      expect(stderr).toContain(`${ownAddress}:${outside.tcp}`);
      expect(stdout).toMatch(kept[0] === "-d" ? /^[0-9a-f]{64}\n$/ : /^$/);
      expect(await listed()).toBe(kept[0] === "--rm" ? "" : "Created\n");
      await box(["rm", "-f", name]);
    }
  });

  it.runIf(DRIVER === "krun")("cannot be UDP with TSI, and the error names the alternative", async () => {
    const { code, stderr } = await run(["-p", "5353:53/udp", BUSYBOX, "true"]);
    expect(code).toBe(125);
    expect(stderr).toMatch(/UDP port 53 .*\n.*--network bridge/);
  });
});

it("--network none has no interface, no resolver and no route", async () => {
  const look = "ip -o link show up | wc -l; wc -c < /etc/resolv.conf";
  const { stdout } = await run([
    ...["--rm", "--network", "none", ...networkGuest(both(ownAddress, outside), look)],
  ]);
  const probes = both(ownAddress, outside).map((probe) => `${probe} refused`);
  const lines = stdout.trimEnd().split("\n");
  expect(lines.slice(0, 2)).toEqual(["1", "0"]);
  expect(lines.slice(2).sort()).toEqual([...probes, "done"].sort());
});
