import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { parseBox, specOf } from "../../../../src/config/parse-box.js";
import { describeBox } from "../../../../src/docker/boxes/inspect.js";
import { toJson, writeJson } from "../../../../src/docker/go/json.js";
import type { Value } from "../../../../src/docker/go/value.js";
import { describeNetwork } from "../../../../src/docker/networks/inspect.js";
import { allocateForRun } from "../../../../src/engine/boxes/check.js";
import { withNetworkNames } from "../../../../src/engine/boxes/network-names.js";
import { readRecord, type BoxRecord } from "../../../../src/vm/box/record.js";
import { checkMemberships, membershipsOf } from "../../../../src/vm/memberships.js";
import { outsideMode } from "../../../../src/vm/network/mode.js";
import { implicitNetwork } from "../../../../src/vm/network/network.js";
import { makePlace, recordOf, refusing, type Place } from "./place.js";

vi.mock("../../../../src/vm/box/lock.js", () => ({
  heldLocks: async () => (await import("./place.js")).held,
}));

let place: Place;
let { folder, home, engine, makeBox, pretendRunning } = {} as Place;
beforeEach(async () => {
  place = await makePlace();
  ({ folder, home, engine, makeBox, pretendRunning } = place);
});
afterEach(() => place.remove());

describe("the memberships of a box", () => {
  it("have the network's address and all names of the box", async () => {
    const { id } = await engine.networks.create("shop", { subnet: "10.77.0.0/24", gateway: "10.77.0.254" });
    const other = await makeBox("web", "shop");
    const record = recordOf("one", "shop", {
      networks: ["bridge:yard"],
      networkAlias: ["db"],
      ip: "10.77.0.9",
      link: ["web:www"],
    });
    const links = [{ alias: "www", target: other.id.slice(0, 12) }];
    const names = ["one", "h", record.id.slice(0, 12)];
    const { id: key, subnet, gateway } = implicitNetwork("yard");
    expect(await membershipsOf(home, record)).toEqual([
      {
        ...{ network: "shop", key: id, subnet: "10.77.0.0/24", gateway: "10.77.0.254", address: "10.77.0.9" },
        ...{ names: [...names, "db"], links },
      },
      { network: "yard", key, subnet, gateway, address: undefined, names, links },
    ]);
  });

  it("use the created network for bridge:NAME if it exists", async () => {
    const { id } = await engine.networks.create("shop");
    expect(await membershipsOf(home, recordOf("one", "bridge:shop"))).toMatchObject([{ key: id }]);
  });

  it("need networks that do not overlap, an address in the subnet, and boxes to link to", async () => {
    const { networks } = engine;
    await networks.create("shop", { subnet: implicitNetwork("yard").subnet });
    const both = recordOf("one", "shop", { networks: ["bridge:yard"] });
    await expect(membershipsOf(home, both)).rejects.toMatchObject(refusing("subnet-overlap"));
    await expect(membershipsOf(home, recordOf("one", "shop", { ip: "10.78.0.9" }))).rejects.toMatchObject({
      code: "invalid-address",
      // Nobody has just given a flag.
      message: "Invalid address 10.78.0.9: It does not belong to any of this network's subnets",
      hint: expect.stringContaining("the subnet of network shop is ") as string,
    });
    const { spec } = parseBox({ config: { image: "x", network: "shop" }, options: { ip: "10.78.0.9" } });
    await expect(checkMemberships(home, spec)).rejects.toMatchObject({ subject: "record.ip" });
    await expect(membershipsOf(home, recordOf("one", "shop", { link: ["web"] }))).rejects.toMatchObject({
      code: "no-such-box",
      message: "could not get container for web: No such container: web",
    });
  });

  it("end at the outside if all networks are internal", async () => {
    await engine.networks.create("backstage", { internal: true });
    await engine.networks.create("shop");
    const modeOf = (network: string, options: object = {}) =>
      outsideMode(home, specOf(recordOf("one", network, options)));
    expect(await modeOf("backstage")).toBe("none");
    expect(await modeOf("backstage", { networks: ["shop"] })).toBe("bridge");
    expect(await modeOf("tsi", { networks: ["backstage"] })).toBe("bridge");
    expect(await modeOf("tsi")).toBe("tsi");
  });

  it("publish no port if all networks are internal, as in Docker", async () => {
    await engine.networks.create("backstage", { internal: true });
    await engine.networks.create("shop");
    const ports = [{ address: "127.0.0.1", hostPort: 0, guestPort: 80, protocol: "tcp" as const }];
    const publishedOn = async (network: string) =>
      (await allocateForRun(home, { run: true, spec: specOf(recordOf("one", network)) }, ports)).length;
    expect(await publishedOn("backstage")).toBe(0);
    expect(await publishedOn("shop")).toBe(1);
  });
});

describe("connecting a box", () => {
  it("changes its record, and disconnecting changes it back", async () => {
    const { networks } = engine;
    const { id } = await networks.create("shop", { subnet: "10.77.0.0/24" });
    const { id: box } = await makeBox("one", "tsi");
    await networks.connect(id.slice(0, 12), "one", { aliases: ["db"], address: "10.77.0.9" });
    expect(await readRecord(join(folder, "boxes", box))).toMatchObject({
      config: { network: "tsi" },
      options: { networks: ["name=shop,alias=db,ip=10.77.0.9"] },
    });
    await networks.disconnect("bridge", "one");
    await networks.remove("shop");
    await networks.disconnect("shop", "one");
    expect(await readRecord(join(folder, "boxes", box))).toMatchObject({
      config: { network: "none" },
      options: { networks: [], networkAlias: [], ip: null },
    });
    await expect(networks.disconnect("shop", "one")).rejects.toMatchObject({
      code: "not-connected",
      message: `container ${box} is not connected to the network shop`,
    });
  });

  it("is refused for unknown boxes and networks, and invalid aliases and addresses, before anything is changed", async () => {
    const { networks } = engine;
    await networks.create("shop");
    const { id } = await makeBox("one", "tsi");
    await expect(networks.connect("shop", "nosuch")).rejects.toMatchObject(refusing("no-such-box"));
    await expect(networks.connect("nosuch", "one")).rejects.toMatchObject(refusing("no-such-network"));
    await expect(networks.connect("bridge", "one")).rejects.toMatchObject(refusing("flag-conflict"));
    await expect(networks.connect("shop", "one", { aliases: ["a,b"] })).rejects.toMatchObject(
      refusing("invalid-network"),
    );
    await expect(networks.connect("shop", "one", { address: "192.0.2.1" })).rejects.toMatchObject(
      refusing("invalid-address"),
    );
    expect(await readRecord(join(folder, "boxes", id))).toMatchObject({
      config: { network: "tsi" },
      options: { networks: [] },
    });
  });
});

it("a request may give networks by their IDs, and its box has their names", async () => {
  const one = await engine.networks.create("one");
  const two = await engine.networks.create("two");
  const config = { image: "x", network: one.id.slice(0, 12) };
  const options = { networks: [`name=${two.id},alias=db`] };
  expect(await withNetworkNames(home, parseBox({ config, options }))).toMatchObject({
    config: { network: "one" },
    options: { networks: ["name=two,alias=db"] },
    spec: { networks: [{ network: "one" }, { network: "two", aliases: ["db"] }] },
  });
  // One that does not exist may be created before the box starts.
  const unknown = { image: "x", network: "0".repeat(12) };
  expect(await withNetworkNames(home, parseBox({ config: unknown }))).toMatchObject({ config: unknown });
});

it("a request with the beginning of several networks' IDs is refused, as it is everywhere else", async () => {
  const { id } = await engine.networks.create("one");
  const path = join(folder, "networks", "two.json");
  await writeFile(
    path,
    JSON.stringify({ version: 1, ...(await engine.networks.create("two")), id: `${id.slice(0, 63)}0` }),
  );
  const request = parseBox({ config: { image: "x", network: id.slice(0, 12) } });
  await expect(withNetworkNames(home, request)).rejects.toMatchObject(refusing("ambiguous-id"));
});

describe("a network on which a box is running", () => {
  it("is neither removed nor pruned, and its name is not given away", async () => {
    const { networks } = engine;
    const { id } = await networks.create("shop");
    const one = await makeBox("one", "shop", { networks: ["bridge:yard"] });
    await pretendRunning(one);
    await pretendRunning(await makeBox("two", "shop"));
    await expect(networks.remove("shop")).rejects.toMatchObject({
      code: "network-in-use",
      detail: { boxes: expect.stringMatching(/^(one two|two one)$/) as string },
      message: `error while removing network: network shop id ${id} has active endpoints`,
    });
    await expect(networks.remove("yard")).rejects.toMatchObject(refusing("network-in-use"));
    await expect(networks.create("yard")).rejects.toMatchObject(refusing("network-exists"));
    expect(await networks.prune()).toEqual({ names: [] });
    expect((await networks.inspect("shop")).boxes.map(({ record }) => record.name).sort()).toEqual([
      "one",
      "two",
    ]);
  });

  it("is not joined twice, and the box keeps its own connection", async () => {
    const { networks } = engine;
    await networks.create("shop");
    await pretendRunning(await makeBox("one", "tsi", { networks: ["shop"] }));
    await expect(networks.connect("shop", "one")).rejects.toMatchObject({
      code: "already-connected",
      message: "endpoint with name one already exists in network shop",
    });
    await expect(networks.disconnect("bridge", "one")).rejects.toMatchObject({
      code: "not-while-running",
      message: "box one is running, and cannot be disconnected from bridge now",
    });
  });

  it("is still in the record if the monitor cannot be reached", async () => {
    const { networks } = engine;
    await networks.create("shop");
    await networks.create("back");
    const { id } = await makeBox("one", "shop");
    await pretendRunning({ id } as BoxRecord);
    await expect(networks.connect("back", "one")).rejects.toThrow();
    await expect(networks.disconnect("shop", "one")).rejects.toThrow();
    expect(await readRecord(join(folder, "boxes", id))).toMatchObject({
      config: { network: "shop" },
      options: { networks: [] },
    });
  });

  it("shows the box's place, as the box does", async () => {
    const { networks, boxes } = engine;
    const { id } = await networks.create("shop", { subnet: "10.77.0.0/24" });
    const one = await makeBox("one", "shop", { networkAlias: ["db"], ip: "10.77.0.9" });
    const place = { address: "10.77.0.9/24", gateway: "10.77.0.1", mac: "02:42:0a:4d:00:09" };
    await pretendRunning(one, { shop: place });
    const sent = (value: Value) => JSON.parse(writeJson(toJson(value, { sent: true }))) as unknown;
    expect(sent(describeNetwork(await networks.inspect("shop")))).toMatchObject({
      Containers: {
        [one.id]: { Name: "one", MacAddress: place.mac, IPv4Address: place.address, IPv6Address: "" },
      },
    });
    expect(sent(describeBox(await boxes.inspect("one")))).toMatchObject({
      HostConfig: { NetworkMode: "shop" },
      NetworkSettings: {
        // Docker's default network's.
        ...{ IPAddress: "", IPPrefixLen: 0, Gateway: "" },
        Networks: {
          shop: {
            ...{ IPAMConfig: { IPv4Address: "10.77.0.9" }, Aliases: ["db"], Links: null, NetworkID: id },
            ...{ EndpointID: expect.stringMatching(/^[0-9a-f]{64}$/) as string, Gateway: "10.77.0.1" },
            ...{ IPAddress: "10.77.0.9", IPPrefixLen: 24, MacAddress: place.mac },
          },
        },
      },
    });
    const typed = JSON.parse(writeJson(toJson(describeBox(await boxes.inspect("one"))))) as unknown;
    expect(typed).toMatchObject({
      NetworkSettings: { Networks: { shop: { DNSNames: ["one", "db", one.id.slice(0, 12), "h"] } } },
    });
  });
});
