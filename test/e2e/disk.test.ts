import { execFileSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { box, run } from "./box.js";
import { mountDisk, refusal, type Disk } from "./full-disk.js";
import { BUSYBOX } from "./images.js";
import { fillHome, shareTemplates } from "./own-home.js";
import { awaitNoneNaming } from "./processes.js";

/** A BOX_HOME on its own disk. */
let own: Disk;
let disk: string;

const there = () => ({ env: { BOX_HOME: disk } });
const idsOf = async (...words: string[]) =>
  (await box(["ps", "-q", "--no-trunc", ...words], there())).stdout.split("\n").filter(Boolean);

beforeAll(async () => {
  own = mountDisk(24);
  disk = own.path;
  await fillHome(disk);
  shareTemplates(disk);
});
afterAll(async () => {
  const ids = await idsOf("-a");
  if (ids.length > 0) await box(["rm", "-f", ...ids], there());
  own.remove();
});

// Mounting a disk requires root.
describe.skipIf(process.getuid?.() !== 0)("with BOX_HOME on a failing disk", () => {
  it("a full disk refuses new boxes and leaves no trace of them; existing boxes stay usable, and there is space to continue", async () => {
    const created = await run(["-d", "--name", "there", BUSYBOX, "sleep", "100000"], there());
    expect(created).toMatchObject({ code: 0, stderr: "" });
    const id = created.stdout.trim();
    own.fill();
    const refused = await run(["--rm", "--name", "late", BUSYBOX, "true"], there());
    expect(refusal(refused), refused.stderr).toContain("no space left on the disk of");
    expect(readdirSync(join(disk, "names"))).toEqual(["there"]);
    expect(await idsOf()).toEqual([id]);
    expect(await box(["exec", "there", "echo", "well"], there())).toMatchObject({
      code: 0,
      stdout: "well\n",
    });
    const write = ["dd", "if=/dev/zero", "of=/large", "bs=1M", "count=4", "conv=fsync"];
    expect(await box(["exec", "there", ...write], there())).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/Input\/output error|Read-only file system/) as string,
    });
    const say = (text: string) => box(["exec", "there", "sh", "-c", `${text} > /proc/1/fd/1`], there());
    expect((await say("head -c 9999 /dev/zero")).code).toBe(0);
    own.free();
    expect((await say("echo again")).code).toBe(0);
    const { stdout, stderr } = await box(["logs", "there"], there());
    const [, lost] = /^box: (\d+) bytes of output were lost: the disk was full\n$/.exec(stderr) ?? [];
    expect(Number(lost)).toBeGreaterThan(0);
    // Part of an earlier line may still have fit into the log's last block.
    expect(stdout.replaceAll("\0", "")).toBe("again\n");
    expect(Number(lost) + stdout.length).toBe(9999 + "again\n".length);
    own.fill();
    expect(await box(["stop", "-t", "0", "there"], there())).toMatchObject({ code: 0 });
    expect(await idsOf()).toEqual([]);
    expect(await idsOf("-a")).toEqual([id]);
    await awaitNoneNaming(id);

    own.free();
    expect(await box(["start", "there"], there())).toMatchObject({ code: 0 });
    expect(await idsOf()).toEqual([id]);
  });

  it("a read-only disk lists its contents correctly and names what cannot be written", async () => {
    const [id = ""] = await idsOf("-a");
    // A bind mount, because the disk itself is busy (boxes write to it) and cannot be remounted.
    execFileSync("mount", ["--bind", disk, disk]);
    execFileSync("mount", ["-o", "remount,ro,bind", disk]);
    try {
      expect(await idsOf("-a")).toEqual([id]);
      expect((await box(["images", "-q"], there())).stdout).toMatch(/^[0-9a-f]{12}\n$/);
      for (const args of [
        ["run", "--rm", BUSYBOX, "true"],
        ["create", BUSYBOX],
        ["tag", BUSYBOX, "other"],
        ["rename", "there", "elsewhere"],
      ]) {
        const refused = await box(args, there());
        expect(refusal(refused), `${args[0] ?? ""}: ${refused.stderr}`).toContain("read-only");
      }
      expect(await box(["exec", "there", "echo", "well"], there())).toMatchObject({ stdout: "well\n" });
    } finally {
      execFileSync("umount", [disk]);
    }
    expect(await box(["rm", "-f", "there"], there())).toMatchObject({ code: 0 });
    expect(await idsOf("-a")).toEqual([]);
  });
});
