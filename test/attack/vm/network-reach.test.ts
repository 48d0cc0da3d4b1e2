import { spawn } from "node:child_process";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { box, DRIVER, finish, FULL, ROOT, testEnvironment } from "../../e2e/box.js";
import { networkGuest, readFound, type Found } from "../../e2e/network-guest.js";

const PORT = 4080;
/**
 * Link-local addresses with the metadata service of most clouds, those of Alibaba Cloud and Oracle Cloud, Azure's
 * WireServer.
 */
const CLOSED = ["169.254.169.254", "169.254.1.1", "100.100.100.200", "192.0.0.192", "168.63.129.16"];
const OPEN = "10.77.0.1";
const probes = (address: string, ...verbs: string[]) => verbs.map((verb) => `${verb}:${address}:${PORT}`);

/** Runs a box on a host that has services at all these addresses, and returns what its probes found. */
async function look(flags: string[], words: string[]): Promise<Found> {
  const addresses = ["127.0.0.2", ...CLOSED, OPEN].join(",");
  const cloud = [process.execPath, join(import.meta.dirname, "cloud.js"), String(PORT), addresses];
  const run = ["run", "--rm", "--vmm", DRIVER, "--cpus", "1", ...flags, ...networkGuest(words)];
  const child = spawn("unshare", ["--net", ...cloud, join(ROOT, "dist", "box"), ...run], {
    env: testEnvironment(),
    stdio: ["ignore", "pipe", "pipe"],
  });
  const { code, stdout, stderr } = await finish(child);
  expect([code, stderr]).toEqual([0, ""]);
  return readFound(stdout);
}

const isRoot = process.getuid?.() === 0;
const LOOPBACK = "::127.0.0.1";

// TSI asks the same function about each of them. Root's boxes below ask for this one first.
it.each(FULL ? ["::2", LOOPBACK, "fd00:ec2::254"] : isRoot ? [] : [LOOPBACK])(
  "a box whose first connection is to %s over IPv6 is refused, and keeps running",
  async (address) => {
    const words = probes(address, "tcp");
    const run = ["run", "--rm", "--vmm", DRIVER, "--cpus", "1", ...networkGuest(words)];
    const { code, stdout, stderr } = await box(run);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(readFound(stdout).get(words[0] ?? "")).toBe("refused");
  },
);

// With bridge, box's network process decides on both drivers, on QEMU always.
const modes = FULL ? ["tsi", "bridge"] : [DRIVER === "krun" ? "tsi" : "bridge"];
describe.runIf(isRoot).each(modes)("a box on --network %s", (mode) => {
  const [first = ""] = probes(LOOPBACK, "tcp");
  const words = [
    first,
    "then::",
    ...CLOSED.flatMap((address) => probes(address, "tcp", "udp")),
    ...probes(OPEN, "tcp", "udp"),
  ];
  const [openly = ""] = probes(OPEN, "open-udp");

  // network.test.ts has most of these addresses without host-gateway.
  describe.each(FULL ? ["by default", "with host-gateway"] : ["with host-gateway"])("%s", (how) => {
    const flags = how === "by default" ? [] : ["--add-host", "host.test:host-gateway"];
    let found: Found;
    beforeAll(async () => {
      found = await look(["--network", mode, ...flags], [...words, "then::", openly]);
    });

    it("is refused a first connection over IPv6 to the host's loopback, and keeps running", () => {
      expect(found.get(first)).toBe("refused");
    });

    it("reaches neither metadata services nor link-local addresses", () => {
      for (const address of CLOSED)
        for (const probe of probes(address, "tcp", "udp"))
          expect([probe, found.get(probe)]).toEqual([probe, expect.stringMatching(/^(refused|silent)$/)]);
      for (const probe of probes(OPEN, "tcp", "udp"))
        expect([probe, found.get(probe)]).toEqual([probe, "reached"]);
    });

    it("receives no UDP from senders that it has not contacted", () => {
      expect(found.get(openly)).toBe("reached");
    });
  });
});
