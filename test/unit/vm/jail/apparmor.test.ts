import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { explainLayers, parseLayers } from "../../../../src/vm/jail/layers.js";

const RESTRICTION = "proc/sys/kernel/apparmor_restrict_unprivileged_userns";
const VMM = "/home/user/box/dist/native/box-vmm";

/** As scripts/apparmor installs it. */
const profileOf = (program: string) =>
  readFileSync(join(import.meta.dirname, "../../../../packaging/apparmor/box-vmm"), "utf8").replace(
    "@BOX_VMM@",
    program,
  );

let host: string;
beforeEach(() => {
  host = mkdtempSync(join(tmpdir(), "box-apparmor-"));
});
afterEach(() => rmSync(host, { recursive: true }));

function put(path: string, text: string): void {
  mkdirSync(dirname(join(host, path)), { recursive: true });
  writeFileSync(join(host, path), text);
}

/** The reason that box gives for missing user namespaces, from the output of box-vmm. */
async function reasonAfter(tried: string): Promise<string | undefined> {
  const layers = await explainLayers(parseLayers(tried), VMM, host);
  return layers.find(({ name }) => name === "user-namespace")?.reason;
}

const REFUSED = "user-namespace\tno\tcannot mount: Permission denied\nown-root\tno\tneeds a user namespace\n";

describe("a host whose AppArmor restricts user namespaces", () => {
  it("is recognized, and the reason refers to the profile to install", async () => {
    put(RESTRICTION, "1\n");
    expect(await reasonAfter(REFUSED)).toMatch(/AppArmor .*docs\/ubuntu\.md/);
  });

  it("is still the reason if the profile belongs to another checkout", async () => {
    put(RESTRICTION, "1\n");
    put("etc/apparmor.d/box-vmm", profileOf("/srv/box/dist/native/box-vmm"));
    expect(await reasonAfter(REFUSED)).toMatch(/AppArmor/);
  });

  it.each([
    ["the profile is installed", REFUSED, "1\n", "cannot mount: Permission denied"],
    ["the restriction is off", REFUSED, "0\n", "cannot mount: Permission denied"],
    ["there is none", REFUSED, undefined, "cannot mount: Permission denied"],
    ["root needs none", "user-namespace\tno\troot needs none\nown-root\tyes\t\n", "1\n", "root needs none"],
  ])("is not blamed when %s", async (why, tried, restriction, expected) => {
    if (restriction !== undefined) put(RESTRICTION, restriction);
    if (why.includes("profile")) put("etc/apparmor.d/box-vmm", profileOf(VMM));
    expect(await reasonAfter(tried)).toBe(expected);
  });
});
