import { execFileSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { probeKvm } from "../../../../../src/vm/drivers/krun/kvm.js";

const folders: string[] = [];
afterEach(() => Promise.all(folders.splice(0).map((folder) => rm(folder, { recursive: true }))));

async function host(flags: string): Promise<[string, string]> {
  const folder = await mkdtemp(join(tmpdir(), "box-kvm-"));
  folders.push(folder);
  const [device, cpuinfo] = [join(folder, "kvm"), join(folder, "cpuinfo")];
  await writeFile(device, "");
  await writeFile(cpuinfo, `processor\t: 0\nflags\t\t: ${flags}\n`);
  return [device, cpuinfo];
}

describe("probeKvm", () => {
  it.each(["fpu vmx sse", "fpu svm"])("accepts a CPU with %s", async (flags) => {
    expect(await probeKvm(...(await host(flags)))).toEqual({ usable: true });
  });

  it("rejects a device on a CPU that cannot run guests", async () => {
    expect(await probeKvm(...(await host("fpu sse svm_lock")))).toMatchObject({
      usable: false,
      reason: expect.stringContaining("vmx") as string,
    });
  });

  it("reports a missing device", async () => {
    expect(await probeKvm("/does/not/exist")).toMatchObject({
      usable: false,
      reason: expect.stringContaining("/does/not/exist does not exist") as string,
    });
  });

  it.runIf(process.getuid?.() === 0)("reports a device node that nothing is behind", async () => {
    const [device, cpuinfo] = await host("fpu vmx");
    await rm(device);
    execFileSync("mknod", ["-m", "666", device, "c", "254", "999"]);
    expect(await probeKvm(device, cpuinfo)).toMatchObject({
      usable: false,
      reason: expect.stringMatching(/ cannot be opened: no such device$|^permission denied /) as string,
    });
  });
});
