import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { box, DRIVER, finish, home, run, SAME_ON_KRUN, start, testEnvironment } from "./box.js";
import { BUSYBOX } from "./images.js";
import { awaitGone, processesNaming } from "./processes.js";

let folder: string;
const here = (...parts: string[]) => join(folder, ...parts);
const ids: string[] = [];
const done = { code: 0, stdout: "", stderr: "" };

async function create(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await box(["create", "--vmm", DRIVER, "--cpus", "1", ...args]);
  if (code !== 0) throw new Error(stderr);
  ids.push(stdout.trim());
  return stdout.trim();
}

const stateOf = async (id: string) => (await box(["inspect", "-f", "{{json .State}}", id])).stdout;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "box-offline-"));
  writeFileSync(here("conf"), "hello\n");
  writeFileSync(here("large"), Buffer.alloc(3 * 2 ** 20));
});
afterAll(async () => {
  await box(["rm", "-fv", ...ids]);
  rmSync(folder, { recursive: true, force: true });
});

describe("a created box", () => {
  it.skipIf(SAME_ON_KRUN)(
    "shows its image's files, and has the files copied into it at each start",
    { tags: "full" },
    async () => {
      const id = await create(
        "--persistent=false",
        "-v",
        "/data",
        BUSYBOX,
        "sh",
        "-c",
        "cat /etc/conf /data/conf; ls /new; touch /new",
      );
      expect(await box(["cp", "-q", `${id}:/etc/passwd`, here("passwd")])).toMatchObject(done);
      expect(readFileSync(here("passwd"), "utf8")).toMatch(/^root:/);
      expect(await box(["cp", `${id}:/nothing`, folder])).toMatchObject({
        code: 1,
        stderr: `box: Could not find the file /nothing in container ${id}\n`,
      });
      // The second waits for the first.
      const tar = execFileSync("tar", ["-C", folder, "-c", "conf"]);
      const unpacking = start(["cp", "-", `${id}:/data`]);
      unpacking.stdin?.end(tar);
      const copying = finish(start(["cp", "-q", here("conf"), `${id}:/etc`]));
      const [file, other] = await Promise.all([copying, finish(unpacking)]);
      expect([file, other]).toEqual([expect.objectContaining(done), expect.objectContaining(done)]);
      expect((await box(["diff", id])).stdout).toBe("A /data\nC /etc\nA /etc/conf\n");
      expect((await box(["ps", "-a", "-f", `id=${id}`, "--format", "{{.Status}}"])).stdout).toBe("Created\n");
      for (const attempt of ["first", "second"]) {
        const { stdout, stderr } = await box(["start", "-a", id]);
        expect(`${attempt}: ${stdout}${stderr}`).toBe(
          `${attempt}: hello\nhello\nls: /new: No such file or directory\n`,
        );
      }
    },
  );
});

describe("a box whose program changes nothing", () => {
  it("has no changes, and the marks of a container, before and after it has run", async () => {
    const image = `untouched-${DRIVER}:1`;
    onTestFinished(async () => {
      await box(["rmi", "-f", image]);
    });
    const id = await create(BUSYBOX, "sh", "-c", "ls /.dockerenv && readlink /etc/mtab");
    expect(await box(["diff", id])).toMatchObject({ code: 0, stdout: "", stderr: "" });
    expect(await box(["commit", id, image])).toMatchObject({ code: 0, stderr: "" });
    expect((await box(["start", "-a", id])).stdout).toBe("/.dockerenv\n/proc/mounts\n");
    expect(await box(["diff", id])).toMatchObject({ code: 0, stdout: "" });
    expect(await run(["--rm", image])).toMatchObject({ code: 0, stdout: "/.dockerenv\n/proc/mounts\n" });
  });

  it("keeps what its program has put in place of the marks, and a directory's mode alone is a change", async () => {
    const script =
      "chmod 700 /home; rm /.dockerenv /etc/mtab && mkdir /.dockerenv /etc/mtab; ls -d /.dockerenv/ /etc/mtab/";
    const id = await create(BUSYBOX, "sh", "-c", script);
    for (let i = 0; i < 2; i++)
      expect((await box(["start", "-a", id])).stdout).toBe("/.dockerenv/\n/etc/mtab/\n");
    expect((await box(["diff", id])).stdout).toBe("A /.dockerenv\nC /etc\nA /etc/mtab\nC /home\n");
  });
});

describe("a stopped box", () => {
  const image = `offline-${DRIVER}:1`;

  it("can be diffed, exported, committed and copied from until its next start, with --persistent=false", async () => {
    const name = `ended-${DRIVER}`;
    ids.push(name);
    await run([
      "--name",
      name,
      "--persistent=false",
      BUSYBOX,
      "sh",
      "-c",
      "echo made > /made; rm /etc/group; exit 3",
    ]);
    const before = await stateOf(name);
    expect((await box(["diff", name])).stdout).toBe("C /etc\nD /etc/group\nA /made\n");
    const { raw } = await box(["export", name]);
    expect(execFileSync("tar", ["-xO", "made"], { input: raw }).toString()).toBe("made\n");
    expect(await box(["cp", "-q", `${name}:/made`, here("made")])).toMatchObject(done);
    expect(await box(["commit", "-c", 'CMD ["cat", "/made"]', name, image])).toMatchObject({ code: 0 });
    expect(await stateOf(name)).toBe(before);
    expect(await run(["--rm", image])).toMatchObject({ code: 0, stdout: "made\n" });
    await box(["rmi", image]);
    const refused = await box(["cp", here("conf"), `${name}:/etc`]);
    expect(refused).toMatchObject({ code: 1, stdout: "" });
    expect(refused.stderr).toMatch(
      /has exited: files copied into it now would be lost when it starts\nhint: .*--persistent/,
    );
  });

  it("accepts files, which it then has when it starts", async () => {
    const id = await create(BUSYBOX, "sh", "-c", "cat /conf; echo again >> /conf");
    await box(["start", "-a", id]);
    expect(await box(["cp", "-q", here("conf"), `${id}:/conf`])).toMatchObject(done);
    expect((await box(["start", "-a", id])).stdout).toBe("hello\n");
    expect(await box(["cp", "-q", `${id}:/conf`, here("kept")])).toMatchObject(done);
    expect(readFileSync(here("kept"), "utf8")).toBe("hello\nagain\n");
  });
});

describe("an offline session in which a process is killed", () => {
  /** Each one costs the lab a VM. */
  const chosen = DRIVER === "krun" ? ["monitor"] : ["command", "monitor", "VMM"];
  const roles = { command: /box\.js/, monitor: /monitor\.js/, VMM: /qemu-system|box-vmm krun/ };

  it("leaves the box unchanged, and the next command works", async () => {
    const id = await create(BUSYBOX, "cat", "/conf");
    for (const [victim, role] of Object.entries(roles)) {
      if (!chosen.includes(victim)) continue;
      const child = start(["cp", "-", `${id}:/`]);
      const ended = finish(child);
      // A truncated tar: once this much of it has been read, the transfer to the box is under way.
      const tar = Buffer.concat([
        execFileSync("tar", ["-C", folder, "-c", "large"], { maxBuffer: 2 ** 23 }).subarray(0, 512),
        Buffer.alloc(2 ** 20),
      ]);
      child.stdin?.on("error", () => undefined);
      await new Promise((resolve) => child.stdin?.write(tar, resolve));
      const processes = await processesNaming(id);
      const victims = [...processes].filter(([, line]) => role.test(line));
      process.kill(victims.at(-1)?.[0] ?? 0, "SIGKILL");
      const { code, stderr } = await ended;
      if (victim !== "command") {
        expect({ victim, code }).toEqual({ victim, code: 125 });
        expect(stderr).toMatch(/^box: [^\n]*(monitor was killed|virtual machine exited)/);
      }
      await Promise.all([...processes.keys()].map(awaitGone));
      expect(await stateOf(id)).toContain('"Status":"created"');
    }
    expect(await box(["cp", "-q", here("conf"), `${id}:/conf`])).toMatchObject(done);
    expect((await box(["start", "-a", id])).stdout).toBe("hello\n");
    expect(readdirSync(join(home(), "boxes", id)).filter((file) => file.startsWith("next-"))).toEqual([]);
    expect(
      readdirSync(testEnvironment()["BOX_RUNTIME"] ?? "").filter((file) => file.startsWith(id.slice(0, 12))),
    ).toEqual([]);
  });
});
