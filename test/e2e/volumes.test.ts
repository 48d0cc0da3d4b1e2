import { execFileSync } from "node:child_process";
import { mkdtemp, mkdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { run } from "./box.js";
import { BUSYBOX } from "./images.js";

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "box volume, "));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const sh = (script: string) => [BUSYBOX, "sh", "-c", script];

describe("a volume", () => {
  it("is read and written by both sides, several at a time", async () => {
    await Promise.all([mkdir(join(folder, "a")), mkdir(join(folder, "b ü"))]);
    await writeFile(join(folder, "a", "in"), "from the host\n");
    const volumes = ["-v", `${join(folder, "a")}:/a`, "-v", `${join(folder, "b ü")}:/deep/er/b`];
    const { stdout, code } = await run([
      "--rm",
      ...volumes,
      ...sh("cat /a/in; echo from the box > /deep/er/b/out; ls /a /deep/er/b"),
    ]);
    expect({ code, stdout }).toEqual({ code: 0, stdout: "from the host\n/a:\nin\n\n/deep/er/b:\nout\n" });
    expect(await readFile(join(folder, "b ü", "out"), "utf8")).toBe("from the box\n");
  });

  it("may be a single file", async () => {
    const file = join(folder, "one");
    await writeFile(file, "one\n");
    const { stdout } = await run([
      "--rm",
      "-v",
      `${file}:/etc/one`,
      ...sh("cat /etc/one; echo two > /etc/one"),
    ]);
    expect(stdout).toBe("one\n");
    expect(await readFile(file, "utf8")).toBe("two\n");
  });

  it("that is read-only stays so, whatever root in the box does", async () => {
    const kept = join(folder, "kept");
    await mkdir(kept);
    await writeFile(join(kept, "file"), "kept\n");
    const attack = [
      "echo x > /kept/file",
      "rm /kept/file",
      "mount -o remount,rw /kept && echo x > /kept/file",
      "mkdir /tmp/v && mount -t virtiofs volumes /tmp/v && echo x > /tmp/v/0/file",
      "umount /kept; echo x > /kept/file; chmod 777 /tmp/v/0; touch /tmp/v/0/new",
      "cat /tmp/v/0/file",
    ].join("; ");
    await run(["--rm", "-v", `${kept}:/kept:ro`, ...sh(attack)]);
    expect(await readFile(join(kept, "file"), "utf8")).toBe("kept\n");
    expect((await stat(kept)).mode & 0o777).toBe(0o755);
    const listed = execFileSync("ls", [kept], { encoding: "utf8" });
    expect(listed).toBe("file\n");
  });

  it("belongs on the host to the user who runs the box", async () => {
    await run(["--rm", "-v", `${folder}:/v`, ...sh("touch /v/made")]);
    expect((await stat(join(folder, "made"))).uid).toBe(process.getuid?.());
  });

  it("is made on the host when it is missing, and resolved against the working folder", async () => {
    const { code } = await run(["--rm", "-v", "./fresh:/v", ...sh("touch /v/x")], { cwd: folder });
    expect(code).toBe(0);
    expect((await stat(join(folder, "fresh", "x"))).isFile()).toBe(true);
  });

  it("mounted over a link of the image's stays inside the root", async () => {
    const script = "ls -d /link; cat /tmp/target/inside";
    await mkdir(join(folder, "l"));
    await writeFile(join(folder, "l", "inside"), "inside\n");
    const { stdout } = await run([
      "--rm",
      "-v",
      `${join(folder, "l")}:/var/run/../../tmp/target`,
      ...sh(script),
    ]);
    expect(stdout).toContain("inside");
  });

  it("keeps what was written when the box ends at once", async () => {
    const script = "dd if=/dev/zero of=/v/big bs=1M count=20 2>/dev/null";
    const { code } = await run(["--rm", "-v", `${folder}:/v`, ...sh(script)]);
    expect(code).toBe(0);
    expect((await stat(join(folder, "big"))).size).toBe(20 * 2 ** 20);
  });
});
