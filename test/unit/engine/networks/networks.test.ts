import { spawnSync } from "node:child_process";
import { mkdir, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { openEngine } from "../../../../src/engine/engine.js";
import { membershipsOf } from "../../../../src/vm/memberships.js";
import { implicitNetwork } from "../../../../src/vm/network/network.js";
import { makePlace, recordOf, refusing, type Place } from "./place.js";

vi.mock("../../../../src/vm/box/lock.js", () => ({
  heldLocks: async () => (await import("./place.js")).held,
}));

let place: Place;
let { folder, home, engine, warnings, makeBox } = {} as Place;
beforeEach(async () => {
  place = await makePlace();
  ({ folder, home, engine, warnings, makeBox } = place);
});
afterEach(() => place.remove());

const file = (name: string) => join(folder, "networks", name);
const namesOf = async () => (await engine.networks.list()).map(({ name }) => name);
/** Without the predefined ones. */
const own = async () => (await namesOf()).filter((name) => !["bridge", "none"].includes(name));

describe("creating a network", () => {
  it("records it with a free subnet and its first address as the gateway", async () => {
    const { networks } = engine;
    const one = await networks.create("one", { labels: { a: "1" } });
    const two = await networks.create("two");
    expect(one).toMatchObject({
      kind: "created",
      labels: { a: "1" },
      gateway: one.subnet.replace("0/24", "1"),
    });
    expect(one.id).toMatch(/^[0-9a-f]{64}$/);
    expect(two.subnet).not.toBe(one.subnet);
    expect(await networks.inspect("one")).toEqual({ ...one, boxes: [], used: false });
    expect(await readdir(join(folder, "networks"))).toEqual(["one.json", "two.json"]);
  });

  it.each([
    ["bridge", "network-predefined"],
    ["none", "network-predefined"],
    ["host", "network-predefined"],
    ["default", "network-predefined"],
    ["tsi", "network-predefined"],
    ["", "invalid-network"],
    ["../x", "invalid-network"],
    ["a b", "invalid-network"],
    ["a".repeat(129), "invalid-network"],
  ])("refuses the name %j", async (name, code) => {
    await expect(engine.networks.create(name)).rejects.toMatchObject(refusing(code));
    expect(await own()).toEqual([]);
  });

  it.each([
    [{ subnet: "nosuch" }, "invalid-network", "invalid CIDR address: nosuch"],
    [{ subnet: "fd00::/64" }, "invalid-network", "invalid CIDR address"],
    [{ subnet: "10.77.0.0/31" }, "invalid-network", "must have a prefix from 8 to 30"],
    [{ subnet: "10.0.0.0/7" }, "invalid-network", "must have a prefix from 8 to 30"],
    [{ subnet: "10.0.2.0/24" }, "subnet-overlap", "boxes cannot use the subnet"],
    [{ subnet: "127.1.0.0/16" }, "subnet-overlap", "boxes cannot use the subnet"],
    [{ subnet: "10.77.0.0/24", gateway: "10.78.0.1" }, "invalid-network", "no matching subnet for gateway"],
    [{ subnet: "10.77.0.0/24", gateway: "10.77.0.0" }, "invalid-network", "no matching subnet for gateway"],
    [{ gateway: "10.77.0.1" }, "invalid-network", "must have a corresponding subnet"],
  ])("refuses %j", async (options, code, message) => {
    await expect(engine.networks.create("shop", options)).rejects.toMatchObject({
      code,
      message: expect.stringContaining(message) as string,
    });
  });

  it("refuses a label named __proto__ instead of losing it", async () => {
    const labels = JSON.parse('{"__proto__": "x"}') as Record<string, string>;
    await expect(engine.networks.create("shop", { labels })).rejects.toMatchObject({
      ...{ code: "invalid-config", subject: "labels", reason: 'cannot have the name "__proto__"' },
    });
    expect(await own()).toEqual([]);
  });

  it("refuses a name and a subnet that another network has", async () => {
    const { networks } = engine;
    await networks.create("shop", { subnet: "10.77.0.0/24" });
    await expect(networks.create("shop")).rejects.toMatchObject(refusing("network-exists"));
    await expect(networks.create("other", { subnet: "10.77.0.128/25" })).rejects.toMatchObject(
      refusing("subnet-overlap"),
    );
    const implicit = implicitNetwork("yard");
    await makeBox("one", "bridge:yard");
    await expect(networks.create("other", { subnet: implicit.subnet })).rejects.toMatchObject(
      refusing("subnet-overlap"),
    );
  });

  it("gives the name to one of several processes at once, and leaves no other file", async () => {
    const engines = Array.from({ length: 8 }, () =>
      openEngine({ home: folder, runtime: join(folder, "run") }),
    );
    const results = await Promise.allSettled(engines.map(({ networks }) => networks.create("shop")));
    expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    for (const result of results)
      if (result.status === "rejected") expect(result.reason).toMatchObject(refusing("network-exists"));
    expect(await readdir(join(folder, "networks"))).toEqual(["shop.json"]);
  });

  it("and every other change remove what a killed command has left, and leave what a running one works on", async () => {
    const { pid } = spawnSync("true");
    await mkdir(join(folder, "networks"));
    const [dead, alive] = [`.creating-${pid}-0`, `.creating-${process.pid}-0`];
    await writeFile(file(alive), "{");
    const { networks } = engine;
    const changes: [() => Promise<unknown>, string[]][] = [
      [() => networks.create("shop"), ["shop.json"]],
      [() => networks.create("shop").catch(() => undefined), ["shop.json"]],
      [() => networks.remove("shop"), []],
      [() => networks.prune(), []],
    ];
    for (const [change, left] of changes) {
      await writeFile(file(dead), "{");
      expect(await own()).not.toContain(dead);
      await change();
      expect((await readdir(join(folder, "networks"))).sort()).toEqual([alive, ...left]);
    }
  });
});

describe("finding a network", () => {
  it("accepts its name, its ID and the beginning of it", async () => {
    const { id } = await engine.networks.create("shop");
    for (const word of ["shop", id, id.slice(0, 12), id.slice(0, 5)])
      expect((await engine.networks.inspect(word)).name).toBe("shop");
    await expect(engine.networks.inspect("")).rejects.toMatchObject(refusing("invalid-network"));
    await expect(engine.networks.inspect("sho")).rejects.toMatchObject(refusing("no-such-network"));
  });

  it("prefers a name to an ID that begins with it", async () => {
    const { id } = await engine.networks.create("shop");
    const other = await engine.networks.create(id.slice(0, 12));
    expect((await engine.networks.inspect(id.slice(0, 12))).id).toBe(other.id);
    await engine.networks.remove(id.slice(0, 12));
    expect(await own()).toEqual(["shop"]);
  });

  it("refuses a beginning that several have", async () => {
    const { id } = await engine.networks.create("one");
    await engine.networks.create("two");
    const copy = JSON.parse(await readFile(file("two.json"), "utf8")) as object;
    await writeFile(
      file("two.json"),
      JSON.stringify({ ...copy, id: `${id.slice(0, 63)}${id.endsWith("0") ? 1 : 0}` }),
    );
    await expect(engine.networks.inspect(id.slice(0, 12))).rejects.toMatchObject(refusing("ambiguous-id"));
  });

  it("refuses an ID that two records have, but not their names", async () => {
    const { networks } = engine;
    const { id } = await networks.create("one");
    await networks.create("two");
    const copy = JSON.parse(await readFile(file("two.json"), "utf8")) as object;
    await writeFile(file("two.json"), JSON.stringify({ ...copy, id }));
    const box = await engine.boxes.find((await makeBox("box", "tsi")).id);
    for (const word of [id, id.slice(0, 12)])
      for (const use of [networks.inspect, networks.remove, () => networks.connect(word, box)])
        await expect(use(word)).rejects.toMatchObject({
          code: "ambiguous-id",
          message: `network ${word} is ambiguous (2 matches found based on ID prefix)`,
          hint: "use a name: one, two",
        });
    expect((await networks.inspect("two")).name).toBe("two");
    await expect(membershipsOf(home, recordOf("x", "one", { networks: ["two"] }))).rejects.toMatchObject({
      code: "ambiguous-id",
      message: "networks one and two have the same ID",
    });
    await networks.remove("two");
    expect((await networks.inspect(id)).name).toBe("one");
  });
});

describe("a record of a network that cannot be read", () => {
  const damages: [string, (valid: string) => Promise<unknown>][] = [
    ["is not JSON", () => writeFile(file("shop.json"), "{")],
    ["is empty", () => writeFile(file("shop.json"), "")],
    ["is another network's", (valid) => writeFile(file("shop.json"), valid.replace('"shop"', '"other"'))],
    ["has no version", (valid) => writeFile(file("shop.json"), valid.replace('"version":1,', ""))],
    ["is newer", (valid) => writeFile(file("shop.json"), valid.replace('"version":1', '"version":2'))],
    ["has a subnet that is too large", (valid) => writeFile(file("shop.json"), valid.replace("/24", "/4"))],
    [
      "has a gateway elsewhere",
      (valid) => writeFile(file("shop.json"), valid.replace(/"gateway":"10/, '"gateway":"11')),
    ],
    ...[
      ["loopback addresses", "127.0.0"],
      ["metadata services", "169.254.169"],
      ["every box's own interface", "10.0.2"],
    ].map(([what = "", start = ""]): [string, (valid: string) => Promise<unknown>] => [
      `has the subnet of ${what}`,
      (valid) => writeFile(file("shop.json"), valid.replace(/10\.89\.\d+/g, start)),
    ]),
    [
      "has an ID with options",
      (valid) => writeFile(file("shop.json"), valid.replace(/"id":"../, '"id":"--')),
    ],
    [
      "is a link",
      async () => {
        await rm(file("shop.json"));
        await symlink("/etc/passwd", file("shop.json"));
      },
    ],
    [
      "is a directory",
      async () => {
        await rm(file("shop.json"));
        await mkdir(file("shop.json"));
      },
    ],
  ];
  it.each(damages)("%s: it is reported, blocks its name and can be removed", async (_, damage) => {
    const { networks } = engine;
    await networks.create("kept");
    await networks.create("shop");
    await damage(await readFile(file("shop.json"), "utf8"));
    expect(await own()).toEqual(["kept"]);
    expect(warnings).toEqual([expect.stringContaining("network shop: ")]);
    await expect(networks.create("shop")).rejects.toMatchObject(refusing("network-exists"));
    const box = await engine.boxes.find((await makeBox("box", "tsi")).id);
    for (const use of [networks.inspect, () => networks.connect("shop", box)])
      await expect(use("shop")).rejects.toMatchObject({
        message: expect.stringContaining(file("shop.json")) as string,
        hint: expect.stringMatching(/^(remove the network and create it again|update box)$/) as string,
      });
    expect(warnings).toHaveLength(1);
    const record = recordOf("one", "shop");
    await expect(membershipsOf(home, record)).rejects.toMatchObject({
      code: expect.stringMatching(/^(store-unreadable|newer-version)$/) as string,
    });
    expect(await networks.remove("shop")).toBe(true);
    await networks.create("shop");
    expect(await own()).toEqual(["kept", "shop"]);
  });
});

describe("removing networks", () => {
  it("refuses predefined ones and those that boxes name into existence", async () => {
    await makeBox("one", "bridge:yard");
    expect(await namesOf()).toEqual(["bridge", "none", "yard"]);
    await expect(engine.networks.remove("bridge")).rejects.toMatchObject({
      code: "network-predefined",
      message: "bridge is a pre-defined network and cannot be removed",
    });
    await expect(engine.networks.remove("yard")).rejects.toMatchObject(refusing("network-in-use"));
    await expect(engine.networks.remove("nosuch")).rejects.toMatchObject(refusing("no-such-network"));
    expect(await engine.networks.remove("nosuch", { force: true })).toBe(false);
  });

  it("ignores boxes that are not running, which can no longer be started", async () => {
    const { networks } = engine;
    await networks.create("shop");
    const record = await makeBox("one", "shop");
    expect(await membershipsOf(home, record)).toHaveLength(1);
    expect(await networks.inspect("shop")).toMatchObject({ boxes: [], used: true });
    await networks.remove("shop");
    await expect(membershipsOf(home, record)).rejects.toMatchObject({
      code: "no-such-network",
      message: "network shop not found",
    });
  });

  it("prunes by label and age", async () => {
    const { networks } = engine;
    await networks.create("one", { labels: { keep: "" } });
    await networks.create("two");
    await makeBox("box", "bridge:yard");
    const fits = (labels: Record<string, string>) => !("keep" in labels);
    expect(await networks.prune({ fits, until: 0 })).toEqual({ names: [] });
    expect(await networks.prune({ fits, until: undefined })).toEqual({ names: ["two"] });
    expect(await networks.prune()).toEqual({ names: ["one"] });
    expect(await own()).toEqual(["yard"]);
  });
});
