import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { onNamedNetwork } from "../../../src/net/guest-peers.js";
import { userNetwork } from "../../../src/net/guest-network.js";
import { subnetOf, switchSocket } from "../../../src/net/named-network.js";
import { GUEST } from "../vm/record.js";

describe("subnetOf", () => {
  it("is the same for a name every time, and avoids the host's networks", () => {
    const free = subnetOf("blue", []);
    expect(free).toMatch(/^10\.89\.\d{1,3}$/);
    expect(subnetOf("blue", [])).toBe(free);
    expect(subnetOf("blue", [{ address: "10.0.0.1", netmask: "255.255.255.0" }])).toBe(free);
    const taken = { address: `${free}.9`, netmask: "255.255.255.128" };
    expect(subnetOf("blue", [taken])).not.toBe(free);
    const half = { address: "10.89.1.1", netmask: "255.255.128.0" };
    fc.assert(
      fc.property(fc.string(), (name) => {
        expect(Number(subnetOf(name, [half]).split(".")[2])).toBeGreaterThan(127);
      }),
    );
  });

  it("falls back to the first choice if the host uses all of them", () => {
    expect(subnetOf("blue", [{ address: "10.1.2.3", netmask: "255.0.0.0" }])).toBe(subnetOf("blue", []));
  });
});

describe("switchSocket", () => {
  it("fits into a socket address, and is unique for each name", () => {
    const long = "a".repeat(300);
    const addresses = ["blue", "Blue", long, `${long}b`, "../x"].map(switchSocket);
    for (const address of addresses) expect(address).toMatch(/^[0-9a-f]{24}\.network$/);
    expect(new Set(addresses).size).toBe(5);
  });
});

describe("onNamedNetwork", () => {
  const guest = {
    ...GUEST,
    network: userNetwork(false),
    hosts: "127.0.0.1\tlocalhost\n10.0.2.15\tmine\n10.0.2.2\thost\n10.0.2.15\tweb.example web\n",
    resolvConf: "search example.com\nnameserver 192.0.2.1\nnameserver 2001:db8::1\n",
  };

  it("puts the agent's name server before the box's own, and maps the box's name to its address", () => {
    expect(onNamedNetwork(guest, "10.89.7.12/24")).toMatchObject({
      hosts: "127.0.0.1\tlocalhost\n10.0.2.15\tmine\n10.0.2.2\thost\n10.89.7.12\tweb.example web\n",
      resolvConf: "search example.com\noptions ndots:0\nnameserver 127.0.0.11\n",
      peers: {
        interface: "eth1",
        address: "10.89.7.12/24",
        nameServers: ["10.89.7.1", "192.0.2.1", "2001:db8::1"],
      },
    });
  });

  it("replaces the address that older versions gave to the box's name", () => {
    const hosts = "127.0.0.1\tlocalhost\n127.0.1.1\tweb\n10.0.2.2\thost\n";
    expect(onNamedNetwork({ ...guest, hosts }, "10.89.7.12/24").hosts).toContain("10.89.7.12\tweb\n10.0.2.2");
  });

  it("keeps ndots if it is set, and passes no more servers than the agent accepts", () => {
    const servers = Array.from({ length: 12 }, (_, i) => `nameserver 192.0.2.${i}\n`).join("");
    const { resolvConf, peers } = onNamedNetwork(
      { ...guest, resolvConf: `options timeout:1 ndots:3\n${servers}` },
      "10.89.7.2/24",
    );
    expect(resolvConf).toBe("options timeout:1 ndots:3\nnameserver 127.0.0.11\n");
    expect(peers.nameServers).toHaveLength(8);
  });
});
