import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, mkdir, readdir, readFile, rename, rm, watch, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { awaitText, box, DRIVER, finish, run, start, type Result } from "./box.js";
import { BUSYBOX, PYTHON } from "./images.js";

// Volumes used by host and box, or by several boxes, at the same time. Agent and monitor behave the same on krun, which
// has no virtiofsd.
const onQemu = it.skipIf(DRIVER === "krun");

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "box shared, "));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Creates and removes a file on the host as fast as possible. */
const FLICKER = `
  const { closeSync, openSync, unlinkSync } = require("node:fs");
  for (;;) {
    try {
      closeSync(openSync(process.argv[1], "a"));
      unlinkSync(process.argv[1]);
    } catch {}
  }`;

/**
 * The same, and then reports whether the volume is still usable. The later of two racing operations may get any error.
 */
const MAKE_OFTEN = `
import os
made = 0
for _ in range(1500):
    try:
        os.close(os.open("/v/flicker", os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o644))
        made += 1
        os.unlink("/v/flicker")
    except OSError:
        pass
print("made" if made > 0 else "never made", open("/v/there", "w").write("x"))
`;

describe("a volume", () => {
  onQemu("lets host and box make and remove the same file at the same moment", { tags: "full" }, async () => {
    const shared = join(folder, "flicker");
    await mkdir(shared);
    const host = spawn(process.execPath, ["-e", FLICKER, join(shared, "flicker")], { stdio: "ignore" });
    try {
      const { code, stdout, stderr } = await run(
        ["-i", "--rm", "-v", `${shared}:/v`, PYTHON, "python3", "-"],
        {
          input: MAKE_OFTEN,
        },
      );
      expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: "made 1\n", stderr: "" });
    } finally {
      const ended = once(host, "close");
      host.kill("SIGKILL");
      await ended;
    }
  });
});

describe("a directory", () => {
  /** A minute in the second tier of tests. */
  const seconds = process.env["BOX_TEST_LONG"] === "1" ? "60" : "2";

  it("that two boxes and the host write at the same time has the same contents as on one machine", async () => {
    const program = join(folder, "share-writer");
    const source = join(import.meta.dirname, "share-writer.c");
    execFileSync("musl-gcc", ["-static", "-O1", "-Wall", "-Wextra", "-Werror", "-o", program, source]);
    const shared = join(folder, "written");
    await mkdir(shared);
    const flags = ["--rm", "-v", `${program}:/writer:ro`, "-v", `${shared}:/v`, BUSYBOX];
    // The boxes begin at about the same time, the host as soon as one of them has.
    const boxes = ["one", "two"].map((name) => run([...flags, "/writer", "/v", name, seconds]));
    await firstNameIn(shared);
    const host = finish(spawn(program, [shared, "host", seconds], { stdio: "pipe" }));
    const [one, two, three] = await Promise.all([...boxes, host]);
    const results = { one, two, host: three };
    const lines = (await readFile(join(shared, "log"), "utf8")).replaceAll(/ +/g, " ").trimEnd().split("\n");
    let counted = 0;
    for (const [name, result] of Object.entries(results)) {
      const said = /^appended (\d+) counted (\d+)\n$/.exec(result?.stdout ?? "");
      expect([name, result?.stdout, said !== null]).toEqual([name, result?.stdout, true]);
      const own = lines.filter((line) => line.startsWith(`${name} `));
      expect(own).toEqual(Array.from({ length: Number(said?.[1]) }, (_, i) => `${name} ${i}`));
      counted += Number(said?.[2]);
    }
    expect(Number(await readFile(join(shared, "counter"), "utf8"))).toBe(counted);
    const left = (await readdir(shared)).filter((name) => !/^page-[0-3]$/.test(name));
    expect(left.sort()).toEqual(["counter", "log"]);
    for (const name of (await readdir(shared)).filter((each) => each.startsWith("page-")))
      expect(await readFile(join(shared, name), "utf8")).toMatch(/^(.)\1{8999}$/);
  });
});

/** Waits until a directory is no longer empty. */
async function firstNameIn(path: string): Promise<void> {
  const watching = watch(path)[Symbol.asyncIterator]();
  const first = watching.next();
  if ((await readdir(path)).length === 0) await first;
  else first.catch(() => undefined);
  await watching.return?.();
}

describe("a file on a volume", () => {
  it("that the host rewrites, replaces or removes changes in the box immediately", async () => {
    const shared = join(folder, "rewritten");
    await mkdir(shared);
    for (const name of ["rewritten", "replaced", "removed"]) await writeFile(join(shared, name), "old\n");
    const look =
      "cd /v; cat rewritten replaced removed; echo seen; read go; cat rewritten replaced removed; ls";
    const flags = ["--vmm", DRIVER, "--cpus", "1", "--rm", "-i", "-v", `${shared}:/v`];
    const user = start(["run", ...flags, BUSYBOX, "sh", "-c", look]);
    const ended = finish(user);
    await awaitText(user, "stdout", "seen");
    await writeFile(join(shared, "rewritten"), "longer than it was before\n");
    await writeFile(join(shared, "new"), "new\n");
    await rename(join(shared, "new"), join(shared, "replaced"));
    await rm(join(shared, "removed"));
    user.stdin?.end("go\n");
    expect(await ended).toMatchObject({
      stdout: "old\nold\nold\nseen\nlonger than it was before\nnew\nreplaced\nrewritten\n",
      stderr: expect.stringMatching(/^cat: .*removed.*No such file or directory\n$/) as string,
    });
  });
});

/** File capabilities as setcap writes them: CAP_NET_BIND_SERVICE, permitted and effective. */
const ATTRIBUTES = `
import os, struct, subprocess
os.chdir("/v")
capability = struct.pack("<5I", 0x02000001, 1 << 10, 0, 0, 0)
open("first", "w").close()
os.setxattr("first", "user.note", b"kept")
os.setxattr("first", "security.capability", capability)
subprocess.run(["cp", "-a", "first", "second"], check=True)
print(os.getxattr("second", "user.note").decode(), os.getxattr("second", "security.capability") == capability)
for name in ["trusted.overlay.opaque"]:
    try:
        os.setxattr("first", name, b"y")
        print(name)
    except OSError:
        pass
with open("second", "a") as file:
    file.write("x")
print(sorted(os.listxattr("second")))
`;

const MAKE_ATTRIBUTES = `
import os
os.makedirs("/opt/folder")
open("/opt/folder/file", "w").close()
os.setxattr("/opt/folder", "user.of", b"the folder")
os.setxattr("/opt/folder/file", "user.of", b"the file")
`;
const READ_ATTRIBUTES = `
import os
for path in ["/opt/folder", "/opt/folder/file"]:
    print(os.path.ismount("/opt"), os.getxattr(path, "user.of").decode())
`;

describe("extended attributes", () => {
  const image = `attributes-${DRIVER}`;
  let said: Result;
  beforeAll(async () => {
    const shared = join(folder, "attributes");
    await mkdir(shared);
    const flags = ["-i", "--name", image, "-v", `${shared}:/v`];
    const input = ATTRIBUTES + MAKE_ATTRIBUTES;
    said = await run([...flags, PYTHON, "python3", "-"], { input });
  });
  afterAll(async () => {
    await box(["rm", "-f", image]);
    await box(["rmi", image]);
  });

  it("are kept on a volume, with capabilities, and copied by cp -a, but not those that the host trusts", () => {
    // Writing to a file clears its capabilities.
    expect(said).toMatchObject({ code: 0, stdout: "kept True\n['user.note']\n", stderr: "" });
  });

  onQemu("are those of the image on a new volume", async () => {
    expect((await box(["commit", image, image])).code).toBe(0);
    const user = await run(["-i", "--rm", "-v", "/opt", image, "python3", "-"], { input: READ_ATTRIBUTES });
    expect(user).toMatchObject({ stdout: "True the folder\nTrue the file\n", stderr: "" });
  });
});

describe("a new volume", () => {
  const name = `raced-${DRIVER}`;
  afterAll(() => box(["volume", "rm", "-f", name]));

  onQemu(
    "is filled by one of the boxes that are started with it at the same time, before any of them runs",
    async () => {
      const look =
        "cd /usr/share/zoneinfo/America && find . -type f -exec sha256sum {} + | sort | sha256sum; ls -A | grep box";
      const here = await run(["--rm", PYTHON, "sh", "-c", look]);
      const users = Array.from({ length: 2 }, () =>
        run(["--rm", "-v", `${name}:/usr/share/zoneinfo/America`, PYTHON, "sh", "-c", look]),
      );
      for (const user of await Promise.all(users))
        expect(user).toMatchObject({ stdout: here.stdout, stderr: "", code: 1 });
    },
  );
});
