import { expect, it } from "vitest";
import type { VmSpec } from "../../../../../src/vm/drivers/driver.js";
import { commandLine } from "../../../../../src/vm/drivers/qemu/machine.js";

const SPEC = {
  ...{ vcpus: 1, memoryMb: 1024, diskMb: 4096, imageDisk: "/image", writableDisk: "/layer" },
  ...{ writableDiskReadOnly: false, blankLayer: true, persistent: false, volumes: [] },
  ...{ network: "bridge", hasPeers: false, ports: [], allowHost: false, logLevel: "info" },
  runtimeFiles: { kernel: "/kernel", bootDisk: "/boot" },
} as unknown as VmSpec;

it("QEMU keeps a limited amount of translated code", () => {
  expect(commandLine(SPEC, { kind: "boot", console: "pipe" })).toContain("tcg,thread=single,tb-size=128");
});
