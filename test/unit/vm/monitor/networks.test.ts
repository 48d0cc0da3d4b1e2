import { describe, expect, it } from "vitest";
import { watchNetworks } from "../../../../src/vm/monitor/networks.js";

describe("watchNetworks", () => {
  it("refuses to connect a box whose VM has no interface for networks", async () => {
    const changes: unknown[] = [];
    const networks = watchNetworks({
      ...{ id: "b0", name: "web", interface: "eth1", socket: undefined, places: {} },
      openTask: () => expect.unreachable(),
      onChange: (places) => Promise.resolve(changes.push(places)),
    });
    const enter = {
      network: "blue",
      key: "b1",
      subnet: "10.89.7.0/24",
      gateway: "10.89.7.1",
      names: ["web"],
    };
    expect(await networks.change({ enter })).toMatchObject({
      code: "no-interface",
      hint: "stop it first, and start it again afterwards",
    });
    expect(changes).toEqual([]);
  });
});
