import { describe, expect, it } from "vitest";
import { flagOf } from "../../../src/cli/flags/flag-of.js";
import { BoxConfig } from "../../../src/config/box-config.js";
import { BoxOptions } from "../../../src/config/box-options.js";
import { withNetwork, withoutNetwork } from "../../../src/config/spec/change-networks.js";
import { toNetworks, type NetworkTexts } from "../../../src/config/spec/networks.js";
import { formatNetworkText, isNetworkName, parseNetworkText } from "../../../src/config/syntax/network.js";

function texts(network: string, options: object = {}): NetworkTexts {
  return { config: BoxConfig.parse({ image: "x", network }), options: BoxOptions.parse(options) };
}

const place = (network: string, more: object = {}) => ({
  ...{ network, implicit: false, aliases: [], address: null },
  ...more,
});
const added = (network: string) => ({ network, aliases: [], address: null });

describe("a value of --network", () => {
  it.each([
    ["shop", { network: "shop", aliases: [], address: null }],
    ["bridge:shop", { network: "bridge:shop", aliases: [], address: null }],
    ["name=shop", { network: "shop", aliases: [], address: null }],
    [
      "name=shop,alias=a,alias=b,ip=10.77.0.9",
      { network: "shop", aliases: ["a", "b"], address: "10.77.0.9" },
    ],
    ["IP=10.77.0.9,Name=Shop", { network: "Shop", aliases: [], address: "10.77.0.9" }],
  ])("is %s", (text, parsed) => {
    expect(parseNetworkText(text)).toEqual(parsed);
    expect(parseNetworkText(formatNetworkText(parsed))).toEqual(parsed);
  });

  it.each([
    ["", "no name set for network"],
    ["alias=x", "network name/id is not specified"],
    ["name=shop,nosuch=1", "invalid field key nosuch"],
    ["name=shop,nosuch", "invalid field nosuch"],
    ["name=shop,ip=10.77.0", '"10.77.0" is not an IPv4 address'],
    ["name=shop,ip=::1", '"::1" is not an IPv4 address'],
    ["name=shop,alias=a b", "is not a valid alias"],
    ['name=shop,alias="a', "malformed"],
    ["name=host", "is not a valid network mode"],
    ["container:web", "is not a valid network mode"],
    ["../shop", "is not a valid network mode"],
    ["a".repeat(129), "is not a valid network mode"],
  ])("is not %j: %s", (text, reason) => {
    expect(() => parseNetworkText(text)).toThrow(reason);
  });

  it("is a name that can be that of a file", () => {
    const names = ["a", "0", "a.b_c-D", "a".repeat(128)];
    expect(names.filter(isNetworkName)).toEqual(names);
    expect(["", ".", "..", "-a", "a/b", "a\n", "ä", "a".repeat(129)].filter(isNetworkName)).toEqual([]);
  });
});

describe("the networks of a box", () => {
  it.each(["tsi", "bridge", "none"])("are none with %s", (network) => {
    const { networks, ...own } = toNetworks(texts(network));
    expect(own).toEqual({ network: { mode: network }, links: [], hasOwnConnection: true });
    expect(networks).toEqual([]);
  });

  it("are the first, with the flags for it, and further ones", () => {
    const all = toNetworks(
      texts("shop", {
        networks: ["bridge:yard", "name=back,ip=10.77.0.9"],
        networkAlias: ["db"],
        ip: "10.78.0.9",
        link: ["web:www"],
      }),
    );
    expect(all).toEqual({
      network: { mode: "bridge", name: "shop", implicit: false },
      networks: [
        place("shop", { aliases: ["db"], address: "10.78.0.9" }),
        place("yard", { implicit: true }),
        place("back", { address: "10.77.0.9" }),
      ],
      links: [{ box: "web", alias: "www" }],
      hasOwnConnection: false,
    });
  });

  it("give a box of the default mode an interface", () => {
    expect(toNetworks(texts("tsi", { networks: ["shop"] }))).toMatchObject({
      network: { mode: "bridge", name: "shop" },
      hasOwnConnection: true,
    });
  });

  it.each([
    ["shop", { networks: ["shop"] }, 'network "shop" is specified multiple times'],
    ["shop", { networks: ["bridge"] }, "cannot attach both user-defined and non-user-defined"],
    ["shop", { networks: ["none"] }, "one of the networks in private (none) mode"],
    ["none", { networks: ["shop"] }, "one of the networks in private (none) mode"],
    ["tsi", { networkAlias: ["a"] }, "network-scoped aliases are only supported for user-defined networks"],
    ["bridge", { ip: "10.77.0.9" }, "user specified IP address is supported on user defined networks only"],
    ["tsi", { link: ["a"] }, "links are only supported"],
    ["shop", { ip: "10.77.0.256" }, 'record.ip: "10.77.0.256" is not an IPv4 address'],
    ["shop", { link: ["a:b:c"] }, 'record.link: "a:b:c" is not a link'],
    ["n0", { networks: Array.from({ length: 16 }, (_, i) => `n${i + 1}`) }, "at most 16 networks"],
  ])("are not %s with %j", (network, options, reason) => {
    expect(() => toNetworks(texts(network, options))).toThrow(reason);
  });
});

describe("a change of networks", () => {
  it("adds a network beside the box's own connection", () => {
    expect(withNetwork(texts("tsi"), { network: "shop", aliases: ["db"], address: null }, [])).toEqual({
      network: "tsi",
      options: { networks: ["name=shop,alias=db"], networkAlias: [], ip: null, link: [] },
    });
  });

  it("is refused with the option at fault", () => {
    const change = (more: object) => () => withNetwork(texts("tsi"), { ...added("shop"), ...more }, []);
    expect(change({ address: "x" })).toThrow('record.ip: "x" is not an IPv4 address');
    expect(change({ aliases: ["-"] })).toThrow('aliases: "-" is not a valid alias');
    expect(flagOf("aliases")).toBe("--alias");
  });

  it("adds a network to others, and a first one to a box without any", () => {
    expect(withNetwork(texts("shop"), added("back"), ["web"])).toEqual({
      network: "shop",
      options: { networks: ["back"], networkAlias: [], ip: null, link: ["web"] },
    });
    expect(withNetwork(texts("none"), { ...added("back"), address: "10.77.0.9" }, [])).toEqual({
      network: "back",
      options: { networks: [], networkAlias: [], ip: "10.77.0.9", link: [] },
    });
  });

  it("takes the first network off, and then the last one", () => {
    const two = texts("shop", { networks: ["name=back,alias=db,ip=10.77.0.9"], networkAlias: ["a"] });
    const one = withoutNetwork(two, "shop") ?? expect.fail();
    expect(one).toEqual({
      network: "back",
      options: { networks: [], networkAlias: ["db"], ip: "10.77.0.9", link: [] },
    });
    expect(withoutNetwork({ config: one, options: one.options }, "back")).toEqual({
      network: "none",
      options: { networks: [], networkAlias: [], ip: null, link: [] },
    });
  });

  it("takes the box's own connection off, unless it has none", () => {
    expect(withoutNetwork(texts("bridge", { networks: ["back"] }), "bridge")?.network).toBe("back");
    expect(withoutNetwork(texts("tsi"), "bridge")?.network).toBe("none");
    expect(withoutNetwork(texts("shop"), "bridge")).toBeUndefined();
    expect(withoutNetwork(texts("none"), "bridge")).toBeUndefined();
    expect(withoutNetwork(texts("shop"), "nosuch")).toBeUndefined();
  });
});
