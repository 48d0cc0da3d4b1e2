import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { beforeAll, expect, it } from "vitest";
import { makeNative } from "../../make.js";
import { CLOSED_NETWORKS, IPV4_HOLDERS, isClosed } from "../../../src/net/closed.js";

const ROOT = join(import.meta.dirname, "..", "..", "..");
const PROBE = join(ROOT, "build", "vmm", "closed-probe");

beforeAll(() => makeNative("vmm", PROBE));

const probe = (...addresses: string[]) =>
  execFileSync(PROBE, addresses, { encoding: "utf8" }).trim().split("\n");

it("has exactly the networks to which the VMM denies guests access", () => {
  expect([...CLOSED_NETWORKS, ...IPV4_HOLDERS.map((holder) => `holds IPv4: ${holder}`)].sort()).toEqual(
    probe().sort(),
  );
});

/** The first and last address of each network, their neighbors, and some unrelated ones. */
const IPV4 = [
  ...["0.0.0.0", "0.255.255.255", "1.0.0.0", "126.255.255.255", "127.0.0.0", "127.255.255.255", "128.0.0.0"],
  ...[
    "169.253.255.255",
    "169.254.0.0",
    "169.254.255.255",
    "169.255.0.0",
    "100.100.100.199",
    "100.100.100.200",
  ],
  ...["100.100.100.201", "192.0.0.191", "192.0.0.192", "192.0.0.193", "168.63.129.15", "168.63.129.16"],
  ...["168.63.129.17", "223.255.255.255", "224.0.0.0", "239.255.255.255", "240.0.0.0", "255.255.255.255"],
  ...["8.8.8.8", "10.0.2.3", "192.168.1.1"],
];
const IPV6 = [
  ...[
    "::",
    "::1",
    "::2",
    "fe7f:ffff::",
    "fe80::",
    "febf:ffff::",
    "fec0::",
    "feff:ffff::",
    "ff00::",
    "ffff::",
  ],
  ...["fd00:ec2::23", "fd20:ce::254", "fd00:c1::a9fe:a9fe", "fd00:100::100:200", "fd00:a9fe:a9fe::1"],
  ...["fd00:42::42", "fd00:42::43", "fd20:ce::255"],
  ...["fd00:ec2::253", "fd00:ec2::254", "fd00:ec2::255", "2001:db8::1", "64:ff9b:1::7f00:1", "2001::7f00:1"],
];

it("agrees with the VMM about each address, in every notation", () => {
  const held = IPV4.flatMap((address) => {
    const [a = 0, b = 0, c = 0, d = 0] = address.split(".").map(Number);
    const groups = `${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
    return [
      `::ffff:${address}`,
      `::${address}`,
      `64:ff9b::${address}`,
      `2002:${groups}::1`,
      `2003:${groups}::1`,
    ];
  });
  const addresses = [...IPV4, ...IPV6, ...held];
  const results = addresses.map((address) => `${address} ${isClosed(address) ? "closed" : "open"}`);
  const answers = probe(...addresses);
  expect(results).toEqual(addresses.map((address, i) => `${address} ${answers[i] ?? ""}`));
});

it("ignores the scope of an address", () => {
  expect([isClosed("fe80::1%eth0"), isClosed("2001:db8::1%eth0")]).toEqual([true, false]);
});
