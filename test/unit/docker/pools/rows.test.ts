import { expect, it } from "vitest";
import { describeStatus } from "../../../../src/docker/pools/rows.js";

const STATUS = {
  ...{ name: "ci", image: "alpine", driver: "qemu", memoryMb: 256, pid: 1, startedAt: "" },
  ...{ diskMb: 4096, network: "bridge", autoRemove: true },
  ...{ idle: 0, booting: 0, claimed: 0, minIdle: 1, maxSize: 5, hits: 0, misses: 0 },
};

it.each([
  [1, "qemu, 1 CPU, 256 MiB"],
  [2, "qemu, 2 CPUs, 256 MiB"],
])("the VM of a pool with %d CPUs is described as %s", (vcpus, said) => {
  expect(describeStatus({ ...STATUS, vcpus })).toContainEqual(["VM", said]);
});

it("the status shows everything in which a box may differ", () => {
  const lines = describeStatus({ ...STATUS, vcpus: 1 });
  expect(lines.slice(3, 6)).toEqual([
    ["Writable layer", "4096 MiB"],
    ["Network", "bridge"],
    ["Boxes", "removed when they end"],
  ]);
  expect(describeStatus({ ...STATUS, vcpus: 1, autoRemove: false })).toContainEqual(["Boxes", "all"]);
});
