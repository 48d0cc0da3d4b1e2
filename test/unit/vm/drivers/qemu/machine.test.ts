import { expect, it } from "vitest";
import type { SharedVolume, VmSpec } from "../../../../../src/vm/drivers/driver.js";
import { commandLine } from "../../../../../src/vm/drivers/qemu/machine.js";

const SPEC = {
  ...{ vcpus: 1, memoryMb: 1024, diskMb: 4096, imageDisk: "/image", writableDisk: "/layer" },
  ...{ writableDiskReadOnly: false, blankLayer: true, persistent: false, volumes: [] as SharedVolume[] },
  ...{ network: "bridge", hasPeers: false, ports: [], allowHost: false, logLevel: "info" },
  runtimeFiles: { kernel: "/kernel", bootDisk: "/boot" },
} as unknown as VmSpec;
const volume = (readOnly: boolean): SharedVolume => ({ name: "v", source: "/v", readOnly });

const boot = (changes: Partial<VmSpec>) =>
  commandLine({ ...SPEC, ...changes }, { kind: "boot", console: "pipe" });
const devices = (words: string[]) => words.filter((word) => /^(virtio|vhost)-.*-device/.test(word));
const hasBalloon = (words: string[]) => words.some((word) => word.startsWith("virtio-balloon"));

it("QEMU keeps a limited amount of translated code", () => {
  expect(boot({})).toContain("tcg,thread=single,tb-size=128");
});

it("a machine can give memory back unless all slots are taken, of which microvm has eight", () => {
  const both = [volume(true), volume(false)];
  const shapes = [[], [volume(true)], both].flatMap((volumes) =>
    [false, true].map((hasPeers) => ({ volumes, hasPeers })),
  );
  expect(shapes.map((shape) => hasBalloon(boot(shape)))).toEqual([true, true, true, true, true, false]);
  // The helper adds the device of the named networks, and the second one of volumes.
  const full = devices(boot({ volumes: both, hasPeers: true }));
  expect(full).toHaveLength(8 - 2);
});
