import { execFileSync, spawn } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { finish, ROOT } from "../e2e/box.js";

// Hosts that refuse namespaces: whether volumes are possible, according to the helper and to `box doctor`.

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "box-no-volumes-"));
  chmodSync(folder, 0o755);
  execFileSync("gcc", [
    "-O1",
    "-o",
    join(folder, "refuse"),
    join(import.meta.dirname, "vm/refuse-namespaces.c"),
  ]);
});
afterAll(() => rmSync(folder, { recursive: true }));

const HELPER = join(ROOT, "dist/native/box-vmm");
const STRANGER = ["setpriv", "--reuid", "54321", "--regid", "54321", "--clear-groups"];
const WITHOUT_ADMIN = ["setpriv", "--bounding-set", "-sys_admin"];

async function refused(kind: "all" | "bare", before: string[], ...words: string[]) {
  const child = spawn(join(folder, "refuse"), [kind, ...before, ...words], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  return finish(child);
}

const NAMESPACE = "a user namespace or CAP_SYS_ADMIN, which this host does not allow";

describe.runIf(process.getuid?.() === 0)("where all namespaces are refused, volumes", () => {
  it.each([
    ["are refused with krun", "all", WITHOUT_ADMIN, [], `volumes need the qemu driver, or ${NAMESPACE}`],
    ["are refused to users other than root", "all", STRANGER, ["/bin/true"], `volumes need ${NAMESPACE}`],
    [
      "are refused with virtiofsd in Rust if there is no Landlock either",
      "bare",
      WITHOUT_ADMIN,
      ["/bin/true"],
      `volumes need Landlock, or ${NAMESPACE}`,
    ],
  ] as const)("%s", async (_, kind, before, virtiofsd, reason) => {
    const { code, stderr } = await refused(kind, [...before], HELPER, "volumes", ...virtiofsd);
    expect({ code, stderr }).toEqual({ code: 125, stderr: `box-vmm: ${reason}\n` });
  });

  it("are allowed for root with QEMU", async () => {
    expect(await refused("all", WITHOUT_ADMIN, HELPER, "volumes", "/bin/true")).toMatchObject({
      code: 0,
      stderr: "",
    });
  });

  it("have a finding of their own in box doctor, with what to do", async () => {
    const home = join(folder, "home");
    execFileSync("install", ["-d", "-o", "54321", "-m", "700", home]);
    const box = ["env", `BOX_HOME=${home}`, "BOX_SETTINGS=/nonexistent", join(ROOT, "dist/box")];
    const { code, stdout } = await refused("all", STRANGER, ...box, "doctor", "--format", "json");
    const { checks } = JSON.parse(stdout) as { checks: { name: string }[] };
    expect(checks.find(({ name }) => name === "volumes")).toEqual({
      name: "volumes",
      status: "warning",
      found: `volumes need ${NAMESPACE}`,
      cure: "see docs/ci.md for containers and docs/ubuntu.md for Ubuntu",
    });
    expect(code).toBe(0);
  });
});
