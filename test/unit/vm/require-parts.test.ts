import { describe, expect, it } from "vitest";
import type { BoxSpec } from "../../../src/config/spec.js";
import { qemu } from "../../../src/vm/drivers/qemu/driver.js";
import { krun } from "../../../src/vm/drivers/krun/driver.js";
import { requireParts } from "../../../src/vm/require-parts.js";
import type { RuntimeFiles } from "../../../src/vm/runtime-files.js";

const BARE = { libslirp: "", virtiofsd: "/nowhere/virtiofsd" } as RuntimeFiles;
const network = (mode: BoxSpec["network"]["mode"]): { network: BoxSpec["network"]; volumes: boolean } => ({
  network: { mode },
  volumes: false,
});

describe("a host on which a part is not installed", () => {
  it.each([qemu, krun])(
    "refuses the network mode bridge, whose library is missing ($name)",
    async (driver) => {
      await expect(requireParts(BARE, driver, network("bridge"))).rejects.toMatchObject({
        code: "engine-missing",
        message: "libslirp is not installed; it is required for network mode bridge",
      });
      await expect(
        requireParts({ ...BARE, libslirp: "/lib/libslirp.so.0" }, driver, network("bridge")),
      ).resolves.toBeUndefined();
    },
  );

  it("runs boxes without a network under QEMU, and with TSI on KVM", async () => {
    await expect(requireParts(BARE, qemu, network("none"))).resolves.toBeUndefined();
    await expect(requireParts(BARE, krun, network("tsi"))).resolves.toBeUndefined();
    await expect(requireParts(BARE, qemu, network("tsi"))).rejects.toMatchObject({ code: "engine-missing" });
  });

  it("refuses volumes only under QEMU, which needs virtiofsd", async () => {
    const volumes = { ...network("none"), volumes: true };
    await expect(requireParts(BARE, qemu, volumes)).rejects.toMatchObject({
      message: "virtiofsd is not installed; it is required for volumes",
    });
    await expect(requireParts(BARE, krun, volumes)).resolves.toBeUndefined();
  });
});
