import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { SWITCH_SOCKET } from "../../src/net/named-network.js";
import { freePort } from "../registry/registry.js";
import { awaitLog, box, home, run, runDetached, SAME_ON_KRUN } from "./box.js";
import { BUSYBOX, NGINX } from "./images.js";
import { networkGuest, readFound } from "./network-guest.js";
import { askTcp, ownAddress, serveDns, serveHost, type HostServices } from "./network-host.js";
import { awaitGone, processesNaming } from "./processes.js";

let outside: HostServices;

beforeAll(async () => {
  outside = await serveHost(ownAddress);
});
afterAll(() => outside.close());

/** A box's places on its networks. */
function placesOf(id: string): Record<string, { address: string; mac: string }> {
  const state = JSON.parse(readFileSync(join(home(), "boxes", id, "state.json"), "utf8")) as {
    addresses?: Record<string, { address: string; mac: string }>;
  };
  return state.addresses ?? {};
}

/** A box's address on a network, without prefix length. */
const addressOf = (id: string, network: string) => placesOf(id)[network]?.address.replace(/\/.*/, "") ?? "";

/** Runs shell commands in a running box, and returns the answers to the probes among them, without their words. */
async function answersIn(name: string, script: string[]): Promise<string[]> {
  const { stdout } = await box(["exec", name, "sh", "-c", script.join("; ")]);
  const words = stdout.split("\n").flatMap((line) => /^(?:tcp|udp)\S+ (.*)$/.exec(line)?.[1] ?? []);
  return words.map((word) => word.replace(/refused|silent/, "lost"));
}

/** Runs probes in a running box, which takes a twentieth of the time of a new one. */
const probeFrom = async (name: string, probes: string[]) =>
  readFound((await box(["exec", name, "network-guest", ...probes])).stdout);

/** The switch of a runtime directory, or none. */
async function switches(runtime: string): Promise<number[]> {
  const processes = await processesNaming(join(runtime, SWITCH_SOCKET));
  return [...processes].filter(([, line]) => line.includes("box-vmm switch")).map(([pid]) => pid);
}

describe("--network bridge:NAME", () => {
  let web: string;
  let both: string;
  let address: string;
  let port: number;
  const ids: string[] = [];

  // One serves on one network, one on two; the others ask, one on each network.
  beforeAll(async () => {
    port = await freePort();
    const words = ["serve-tcp::80", "serve-udp::53", "echo-tcp::7"];
    web = await runDetached([
      ...["--name", "peer-web", "--hostname", "peer-host", "--network", "bridge:blue"],
      ...["-p", `127.0.0.1:${port}:80`, ...networkGuest(words)],
    ]);
    both = await runDetached([
      ...["--name", "peer-both", "--network", "bridge:blue", "--network", "name=bridge:red,alias=peer-alias"],
      // With glibc, the other C library.
      ...["--sysctl", "net.ipv4.ip_forward=1", "--dns", ownAddress, NGINX, "network-guest"],
      ...["serve-udp::53", "serve-tcp::80"],
    ]);
    ids.push(web, both);
    for (const color of ["blue", "red"]) {
      const flags = ["--name", `ask-${color}`, "--network", `bridge:${color}`, "--cap-add", "NET_ADMIN"];
      ids.push(await runDetached([...flags, BUSYBOX, "sleep", "100000"]));
    }
    await Promise.all([web, both].map((id) => awaitLog(id, "done")));
    address = addressOf(web, "blue");
  });
  afterAll(() => box(["rm", "-f", ...ids]));

  it("lets boxes reach each other by name, host name, ID and address, and still reach the outside", async () => {
    const names = ["peer-web", "peer-host", "PEER-web", web.slice(0, 12), address];
    const probes = names.flatMap((name) => [`tcp:${name}:80`, `udp:${name}:53`]);
    const out = [`tcp:${ownAddress}:${outside.tcp}`, `udp:${ownAddress}:${outside.udp}`];
    const found = await probeFrom("ask-blue", [
      ...[...probes, "tcp:nobody-here:80", ...out, "mass:peer-web:7"],
    ]);
    for (const probe of probes)
      expect([probe, found.get(probe)]).toEqual([probe, probe.startsWith("tcp") ? "80 hello" : "53 hello"]);
    for (const probe of out) expect([probe, found.get(probe)]).toEqual([probe, "reached"]);
    expect(found.get("tcp:nobody-here:80")).toBe("unknown");
    expect(found.get("mass:peer-web:7")).toBe("whole");
  });

  it("publishes ports like bridge", async () => {
    expect(await askTcp("127.0.0.1", port)).toBe("80 hi");
  });

  it.skipIf(SAME_ON_KRUN)("hides its boxes from those on another one, and on bridge", async () => {
    const probes = [`udp:${address}:53`, "udp:peer-web:53"];
    const onBridge = await run(["--rm", "--network", "bridge", ...networkGuest(probes)]);
    for (const found of [await probeFrom("ask-red", probes), readFound(onBridge.stdout)]) {
      expect(found.get(`udp:${address}:53`)).toMatch(/^(refused|silent)$/);
      expect(found.get("udp:peer-web:53")).toBe("unknown");
    }
  });

  it("drops frames whose source address is not the box's own", async () => {
    const ask = `network-guest udp:${address}:53`;
    const own = "$(ip -4 -o addr show eth1 | sed 's/.*inet \\([^ ]*\\).*/\\1/')";
    const spoofed = `${address.replace(/\d+$/, "200")}/24`;
    const answers = await answersIn("ask-blue", [
      `own=${own}; mac=$(cat /sys/class/net/eth1/address); ${ask}`,
      `ip addr add ${spoofed} dev eth1; ip addr del $own dev eth1; ${ask}`,
      `ip addr add $own dev eth1; ip addr del ${spoofed} dev eth1; ${ask}`,
      `ip link set dev eth1 address 02:42:0a:59:00:c8; ${ask}`,
      `ip link set dev eth1 address $mac; ${ask}`,
    ]);
    expect(answers).toEqual(["53 hello", "lost", "53 hello", "lost", "53 hello"]);
  });

  it.runIf(process.getuid?.() === 0)(
    "forwards other names to the box's own resolver, for either C library",
    async () => {
      let overTcp = 0;
      await serveDns(ownAddress, () => overTcp++);
      const probes = Array.from({ length: 20 }, () => "udp:peer-web:53");
      const find = "getent ahostsv4 $name | sed -n 's/ *STREAM.*//p'";
      const look = `for name in name.test peer-web; do ${find}; RES_OPTIONS=use-vc ${find}; done`;
      const script = `${look}; exec network-guest "$@"`;
      const { stdout } = await box(["exec", both, "sh", "-c", script, "guest", ...probes]);
      const lines = stdout.trim().split("\n");
      expect(lines.slice(0, 4)).toEqual(["192.0.2.77", "192.0.2.77", address, address]);
      expect(overTcp).toBeGreaterThan(0);
      expect(lines.slice(4)).toEqual([...probes.map((probe) => `${probe} 53 hello`), "done"]);
    },
  );

  it("lets a box on two networks be reached from both, by the names and the address that it has there", async () => {
    for (const network of ["blue", "red"]) {
      const probes = ["peer-both", "peer-alias", "peer-web", addressOf(both, network)].map(
        (name) => `udp:${name}:53`,
      );
      const found = await probeFrom(`ask-${network}`, probes);
      const isRed = network === "red";
      expect([network, ...probes.map((probe) => found.get(probe))]).toEqual([
        ...[network, "53 hello", isRed ? "53 hello" : "unknown", isRed ? "unknown" : "53 hello", "53 hello"],
      ]);
    }
  });

  it("is not connected with another by a box on both, whatever addresses, neighbors and routes others give themselves", async () => {
    const router = addressOf(both, "red");
    const mac = placesOf(web)["blue"]?.mac ?? "";
    const ask = `network-guest udp:${address}:53`;
    const spoofed = address.replace(/\d+$/, "200");
    const answers = await answersIn("ask-red", [
      `own=$(ip -4 -o addr show eth1 | sed 's/.*inet \\([^/]*\\).*/\\1/'); network-guest udp:${router}:53`,
      // With the box's own address, straight to the other's MAC.
      `ip route add ${address} dev eth1 src $own; arp -i eth1 -s ${address} ${mac}; ${ask}`,
      // With an address of the other's network.
      `ip addr add ${spoofed}/24 dev eth1; ip route replace ${address} dev eth1 src ${spoofed}; ${ask}`,
      `arp -i eth1 -d ${address}; ${ask}`,
      // Through the box on both, which forwards whatever it gets.
      `ip addr del ${spoofed}/24 dev eth1; ip route replace ${address} via ${router} dev eth1 src $own; ${ask}`,
      `network-guest udp:${router}:53`,
    ]);
    expect(answers).toEqual(["53 hello", "lost", "lost", "lost", "lost", "53 hello"]);
  });

  it.skipIf(SAME_ON_KRUN)("has no address for a running box whose guest does not take it", async () => {
    const create = ["network", "create", "--subnet", "10.85.0.0/24", "refusing"];
    expect((await box(create)).code).toBe(0);
    onTestFinished(async () => {
      await box(["network", "rm", "refusing"]);
    });
    const connect = (id: string) => box(["network", "connect", "--ip", "10.85.0.9", "refusing", id]);
    const [, , , id = ""] = ids;
    await box(["exec", id, "sh", "-c", "ip link set eth1 down; ip link set eth1 name hidden"]);
    const { code, stderr } = await connect(id);
    expect([code, stderr]).toEqual([1, expect.stringContaining('no such interface: "eth1"')]);
    expect(Object.keys(placesOf(id))).toEqual(["red"]);
    // The address is free, and the box leaves its other network although the guest cannot remove its address either.
    expect(await connect(both)).toMatchObject({ code: 0, stderr: "" });
    expect((await box(["network", "disconnect", "refusing", both])).code).toBe(0);
    expect((await box(["network", "disconnect", "red", id])).code).toBe(0);
    expect(placesOf(id)).toEqual({});
  });
});

describe("the switch of a runtime directory", () => {
  const runtime = mkdtempSync(join(tmpdir(), "box-switch-"));
  // Boxes of other tests must not keep it running.
  const apart = { env: { BOX_RUNTIME: runtime } };
  afterAll(() => rmSync(runtime, { recursive: true, force: true }));

  it("is replaced by the next start after it was killed, and runs as long as a box is on a network, however boxes end", async () => {
    const serving = ["--name", "green-1", "--network", "bridge:green", ...networkGuest(["serve-udp::54"])];
    const server = await runDetached(serving, apart);
    await awaitLog(server, "done");
    const killed = await switches(runtime);
    for (const pid of killed) process.kill(pid, "SIGKILL");
    await Promise.all(killed.map(awaitGone));
    const asking = ["--network", "bridge:green", "--network", "bridge:lime", BUSYBOX, "sleep", "100000"];
    const asker = await runDetached(asking, apart);
    const ask = async () => {
      const { stdout } = await box(["exec", asker, "network-guest", "udp:green-1:54"], apart);
      return readFound(stdout).get("udp:green-1:54");
    };
    expect(await ask()).toBe("unknown");
    // Restarted boxes are reachable again.
    expect((await box(["restart", "-t", "0", server], apart)).code).toBe(0);
    await awaitLog(server, "done", 2);
    expect(await ask()).toBe("54 hello");

    const processes = await switches(runtime);
    expect(processes).toHaveLength(1);
    await box(["rm", "-f", asker], apart);
    expect(await switches(runtime)).toEqual(processes);
    const left = await processesNaming(server);
    for (const [pid, line] of left) if (line.includes("monitor.js")) process.kill(pid, "SIGKILL");
    await Promise.all([...left.keys(), ...processes].map(awaitGone));
    expect(await switches(runtime)).toEqual([]);
    expect((await box(["rm", server], apart)).code).toBe(0);
  });
});
