import { describe, expect, it } from "vitest";
import { onNamedNetworks } from "../../../src/net/guest-peers.js";
import { userNetwork } from "../../../src/net/guest-network.js";
import { readPlaces } from "../../../src/net/membership.js";
import { networkKey } from "../../../src/net/named-network.js";
import { GUEST } from "../vm/record.js";

describe("networkKey", () => {
  it("is unique for each name", () => {
    const keys = ["blue", "Blue", "a".repeat(300), "a".repeat(301), "../x"].map(networkKey);
    for (const key of keys) expect(key).toMatch(/^[0-9a-f]{64}$/);
    expect(new Set(keys).size).toBe(5);
  });
});

describe("readPlaces", () => {
  it("assigns addresses and gateways to networks in their order", () => {
    const text = "02:42:0a:59:07:02 10.89.7.2/24 10.89.7.1 10.90.0.9/16 10.90.0.254";
    expect(readPlaces(text, ["blue", "red"])).toEqual({
      blue: { address: "10.89.7.2/24", gateway: "10.89.7.1", mac: "02:42:0a:59:07:02" },
      red: { address: "10.90.0.9/16", gateway: "10.90.0.254", mac: "02:42:0a:59:07:02" },
    });
    expect(readPlaces("", [])).toEqual({});
  });
});

const place = (address: string, gateway = "10.89.7.1") => ({ address, gateway, mac: "02:42:0a:59:07:02" });

describe("onNamedNetworks", () => {
  const guest = {
    ...GUEST,
    network: userNetwork(false),
    hosts: "127.0.0.1\tlocalhost\n10.0.2.15\tmine\n10.0.2.2\thost\n10.0.2.15\tweb.example web\n",
    resolvConf: "search example.com\nnameserver 192.0.2.1\nnameserver 2001:db8::1\n",
  };

  it("puts the agent's name server before the box's own, and maps the box's name to its address", () => {
    expect(onNamedNetworks(guest, [place("10.89.7.12/24")])).toMatchObject({
      hosts: "127.0.0.1\tlocalhost\n10.0.2.15\tmine\n10.0.2.2\thost\n10.89.7.12\tweb.example web\n",
      resolvConf: "search example.com\noptions ndots:0\nnameserver 127.0.0.11\n",
      peers: {
        interface: "eth1",
        addresses: ["10.89.7.12/24"],
        networkServers: ["10.89.7.1"],
        nameServers: ["192.0.2.1", "2001:db8::1"],
      },
    });
  });

  it("gives the box's name one address per network, and asks the networks in their order", () => {
    const places = [place("10.89.7.12/24"), place("10.90.0.9/16", "10.90.0.254")];
    expect(onNamedNetworks(guest, places)).toMatchObject({
      hosts:
        "127.0.0.1\tlocalhost\n10.0.2.15\tmine\n10.0.2.2\thost\n10.89.7.12\tweb.example web\n10.90.0.9\tweb.example web\n",
      peers: {
        addresses: ["10.89.7.12/24", "10.90.0.9/16"],
        networkServers: ["10.89.7.1", "10.90.0.254"],
      },
    });
  });

  it("replaces the address that older versions gave to the box's name", () => {
    const hosts = "127.0.0.1\tlocalhost\n127.0.1.1\tweb\n10.0.2.2\thost\n";
    expect(onNamedNetworks({ ...guest, hosts }, [place("10.89.7.12/24")]).hosts).toContain(
      "10.89.7.12\tweb\n10.0.2.2",
    );
  });

  it("keeps ndots if it is set, and passes no more servers than the agent accepts", () => {
    const servers = Array.from({ length: 12 }, (_, i) => `nameserver 192.0.2.${i}\n`).join("");
    const { resolvConf, peers } = onNamedNetworks(
      { ...guest, resolvConf: `options timeout:1 ndots:3\n${servers}` },
      [place("10.89.7.2/24")],
    );
    expect(resolvConf).toBe("options timeout:1 ndots:3\nnameserver 127.0.0.11\n");
    expect(peers.nameServers).toHaveLength(8);
  });
});
