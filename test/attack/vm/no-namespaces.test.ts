import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { DRIVER, finish, ROOT, testEnvironment } from "../../e2e/box.js";
import { BUSYBOX } from "../../e2e/images.js";

// Root in a container whose engine refuses user namespaces, with and without CAP_SYS_ADMIN.

/** What Docker leaves to a container's root. */
const DOCKERS = [
  ...[
    "chown",
    "dac_override",
    "fsetid",
    "fowner",
    "mknod",
    "net_raw",
    "setgid",
    "setuid",
    "setfcap",
    "setpcap",
  ],
  ...["net_bind_service", "sys_chroot", "kill", "audit_write"],
].map((name) => `+${name}`);

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "box-no-namespaces-"));
  const source = join(import.meta.dirname, "refuse-namespaces.c");
  execFileSync("gcc", ["-O1", "-o", join(folder, "refuse"), source]);
});
afterAll(() => rmSync(folder, { recursive: true }));

function run(before: string[], flags: string[], ...command: string[]) {
  const words = [...before, join(ROOT, "dist/box"), "run", "--rm", "--vmm", DRIVER, "--cpus", "1"];
  const child = spawn(join(folder, "refuse"), [...words, ...flags, BUSYBOX, ...command], {
    env: testEnvironment(),
    stdio: ["ignore", "pipe", "pipe"],
  });
  return finish(child);
}

const ways: [string, string[]][] = [
  ["all capabilities", []],
  ["Docker's capabilities", ["setpriv", "--bounding-set", ["-all", ...DOCKERS].join(",")]],
];

describe.runIf(process.getuid?.() === 0).each(ways)(
  "where user namespaces are refused, root with %s",
  (_, before) => {
    it("has boxes", async () => {
      expect(await run(before, ["--network", "none"], "echo", "hello")).toMatchObject({
        code: 0,
        stdout: "hello\n",
      });
    });

    it("has the network mode bridge, whose network process answers", async () => {
      // passt answers once it has shut itself in; the interface is there without it.
      const ask = ["arping", "-f", "-c", "20", "-w", "60", "-I", "eth0", "10.0.2.2"];
      const { code, stdout, stderr } = await run(before, ["--network", "bridge"], ...ask);
      expect({ code, stdout, stderr }).toMatchObject({
        code: 0,
        stdout: expect.stringMatching(/reply from 10\.0\.2\.2/i) as string,
      });
    });
  },
);

describe.runIf(process.getuid?.() === 0)("where user namespaces are refused, a volume", () => {
  it("is root's to use with CAP_SYS_ADMIN, and read-only stays read-only", async () => {
    writeFileSync(join(folder, "file"), "here\n");
    const script = "cat /v/file; echo new >/v/new; chown 5:6 /v/new; echo bad >/r/file || echo refused";
    const flags = ["--network", "none", "-v", `${folder}:/v`, "-v", `${folder}:/r:ro`];
    expect(await run([], flags, "sh", "-c", script)).toMatchObject({ code: 0, stdout: "here\nrefused\n" });
    expect(readFileSync(join(folder, "new"), "utf8")).toBe("new\n");
  });

  it("is refused in one line without it", async () => {
    const [, before] = ways[1] ?? ["", []];
    const { code, stderr } = await run(before, ["--network", "none", "-v", `${folder}:/v`], "true");
    expect(code).toBe(125);
    expect(stderr).toContain(
      "volumes need a user namespace or CAP_SYS_ADMIN, which this host does not allow\nhint: `box doctor`",
    );
  });
});
