import { describe, expect, it } from "vitest";
import {
  chooseSubnet,
  firstHost,
  formatSubnet,
  implicitSubnet,
  impossibleSubnets,
  isHostOf,
  overlap,
  parseSubnet,
  type Subnet,
} from "../../../src/net/subnet.js";

const subnet = (text: string): Subnet => parseSubnet(text) ?? expect.fail(`${text} is no subnet`);

describe("a subnet", () => {
  it.each([
    ["10.77.0.0/24", "10.77.0.0/24"],
    ["10.77.0.9/24", "10.77.0.0/24"],
    ["192.168.255.255/17", "192.168.128.0/17"],
    ["0.0.0.0/0", "0.0.0.0/0"],
    ["255.255.255.255/32", "255.255.255.255/32"],
    ["224.1.2.3/4", "224.0.0.0/4"],
  ])("is %s without the bits after its prefix: %s", (text, canonical) => {
    expect(formatSubnet(subnet(text))).toBe(canonical);
  });

  it.each([
    "",
    "10.77.0.0",
    "10.77.0.0/33",
    "10.77.0.0/-1",
    "10.77.0.0/2x",
    "10.77/16",
    "fd00::/64",
    "10.1.1.1/8/8",
  ])("is not %j", (text) => {
    expect(parseSubnet(text)).toBeUndefined();
  });

  it("has hosts between its first and last address", () => {
    const small = subnet("10.77.0.4/30");
    const hosts = [3, 4, 5, 6, 7, 8].filter((last) => isHostOf(small, `10.77.0.${last}`));
    expect(hosts).toEqual([5, 6]);
    expect(isHostOf(small, "x")).toBe(false);
    expect(isHostOf(small, "10.77.0.5.6")).toBe(false);
    expect(firstHost(small)).toBe("10.77.0.5");
  });

  it.each([
    ["10.77.0.0/24", "10.77.0.128/25", true],
    ["10.77.0.0/24", "10.76.0.0/15", true],
    ["10.77.0.0/24", "10.77.1.0/24", false],
    ["0.0.0.0/0", "255.255.255.255/32", true],
    ["128.0.0.0/1", "127.255.255.255/32", false],
  ])("%s overlaps %s: %s", (one, other, expected) => {
    expect(overlap(subnet(one), subnet(other))).toBe(expected);
    expect(overlap(subnet(other), subnet(one))).toBe(expected);
  });
});

describe("the subnet of a network for which nobody chose one", () => {
  it("depends on the name and avoids those that are taken", () => {
    const first = chooseSubnet("shop", []) ?? expect.fail();
    expect(chooseSubnet("shop", [])).toEqual(first);
    const second = chooseSubnet("shop", [first]) ?? expect.fail();
    expect(overlap(first, second)).toBe(false);
    expect(formatSubnet(second)).toMatch(/^10\.89\.\d+\.0\/24$/);
  });

  it("is none if all are taken, except for one that is implicit", () => {
    expect(chooseSubnet("shop", [subnet("10.0.0.0/8")])).toBeUndefined();
    expect(formatSubnet(implicitSubnet("shop", [subnet("10.0.0.0/8")]))).toMatch(/^10\.89\.\d+\.0\/24$/);
  });

  it("is none of those that boxes use for something else", () => {
    expect(impossibleSubnets().some((other) => overlap(other, subnet("10.0.2.0/28")))).toBe(true);
    expect(impossibleSubnets().some((other) => overlap(other, subnet("169.254.0.0/16")))).toBe(true);
    expect(impossibleSubnets().some((other) => overlap(other, subnet("10.89.0.0/16")))).toBe(false);
  });
});
