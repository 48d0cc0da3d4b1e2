import { describe, expect, it } from "vitest";
import type { LastWords } from "../../../../src/vm/monitor/console.js";
import { explainDeath, explainSilence, explainUnrecorded } from "../../../../src/vm/monitor/failure.js";
import { visibleMessage } from "../../../../src/config/syntax/visible.js";
import { currentHome } from "../../current.js";

const fromVmm = (...vmm: string[]): LastWords => ({ vmm, console: [] });
const fromGuest = (...console: string[]): LastWords => ({ vmm: [], console });

describe("explainDeath", () => {
  it("names the port that the VMM could not bind", () => {
    const slirp =
      "qemu-system-x86_64: -netdev user,id=net: Could not set up host forwarding rule 'tcp::8080-:80'";
    expect(explainDeath(fromVmm(slirp), false)).toMatchObject({
      code: "port-in-use",
      message: expect.stringContaining("8080") as string,
    });
    const krun = "box-vmm: port 127.0.0.1:8080 is already in use";
    expect(explainDeath(fromVmm("noise", krun), false)).toMatchObject({
      subject: "portMap",
      message: "Bind for 127.0.0.1:8080 failed: port is already allocated",
    });
  });

  it("quotes the end of the console", () => {
    const { message } = explainDeath(fromGuest("Kernel panic - not syncing"), false);
    expect(message).toContain("exited before the box was up");
    expect(message).toContain("Kernel panic");
    expect(explainDeath(fromGuest(), true).message).toContain("the console is empty");
  });

  it("quotes the VMM and the console in one list, the lines of which are marked", () => {
    const both = explainDeath({ vmm: ["qemu: no"], console: ["panic"] }, false).message;
    expect(visibleMessage(both).split("\n")).toEqual([
      "the virtual machine exited before the box was up; last output of the VMM and on the console:",
      "  | VMM: qemu: no",
      "  | console: panic",
    ]);
    const one = explainDeath(fromVmm("qemu: no"), false).message;
    expect(visibleMessage(one).split("\n").slice(1)).toEqual(["  | qemu: no"]);
  });

  it("reports the signal that killed a VMM without output", () => {
    expect(explainDeath(fromVmm("box-vmm ended: signal 9 (Killed)"), true).message).toBe(
      "the virtual machine exited while the box was running: signal 9 (Killed); the console is empty",
    );
  });
});

describe("explainSilence", () => {
  it("names the time limit", () => {
    expect(explainSilence(1500, fromGuest("last line")).message).toMatch(/within 1.5 s.*last line/s);
  });
});

describe("explainUnrecorded", () => {
  it("recognizes a full disk, and quotes other errors", () => {
    const full = Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC" });
    expect(explainUnrecorded(currentHome(), full)).toMatchObject({ code: "disk-full" });
    expect(explainUnrecorded(currentHome(), new Error("EIO: i/o error, write")).message).toBe(
      "cannot record that the box is running: Error: EIO: i/o error, write",
    );
  });
});
