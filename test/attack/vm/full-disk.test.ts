import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { box, DRIVER, FULL, type Result } from "../../e2e/box.js";
import { mountDisk, refusal, type Disk } from "../../e2e/full-disk.js";
import { BUSYBOX } from "../../e2e/images.js";
import { fillHome } from "../../e2e/own-home.js";
import { awaitNoneNaming } from "../../e2e/processes.js";

/** How exactly the space that a start needs is found out, in pages; to the page in the second tier of tests. */
const EXACTNESS = FULL ? 1 : 128;
/** More pages (of 4 KiB) than a start needs. */
const MOST_PAGES = 1024;
let disk: Disk;
let runtime: string;
const command = (...words: string[]): Promise<Result> =>
  box(words, { env: { BOX_HOME: disk.path, BOX_RUNTIME: runtime } });
const listed = async () =>
  (await command("ps", "-a", "--no-trunc", "--format", "{{.Names}} {{.State}}")).stdout.trim();

beforeAll(async () => {
  runtime = mkdtempSync(join(tmpdir(), "box-run-"));
  disk = mountDisk(24);
  await fillHome(disk.path);
});
afterAll(async () => {
  disk.free();
  await command("rm", "-f", "one");
  disk.remove();
  rmSync(runtime, { recursive: true, force: true });
});

/** Files that a failed start must not leave behind. */
async function remains(id: string): Promise<string[]> {
  const folder = join(disk.path, "boxes", id);
  const files = existsSync(folder) ? readdirSync(folder).filter((name) => /^next-|\.tmp$/.test(name)) : [];
  await awaitNoneNaming(id);
  return [...files, ...readdirSync(runtime)];
}

describe.skipIf(process.getuid?.() !== 0)("on a disk that is full to the last byte", () => {
  const create = () =>
    command("create", "--name", "one", "--vmm", DRIVER, "--cpus", "1", BUSYBOX, "sleep", "100000");

  it("a box that cannot be created is refused in one line and leaves nothing behind", async () => {
    disk.fill();
    const refused = await create();
    expect(refusal(refused), refused.stderr).toContain("no space left on the disk of");
    expect(await listed()).toBe("");
    for (const name of ["boxes", "names"]) expect(readdirSync(join(disk.path, name))).toEqual([]);
  });

  /** Starts a new box with the given number of free pages. @returns whether it started */
  async function tryWith(pages: number): Promise<boolean> {
    const about = (text: string) => `with ${pages} pages: ${text}`;
    disk.free();
    const { stdout } = await create();
    const id = stdout.trim();
    disk.fill(pages);
    const started = await command("start", "one");
    const why = about(started.stderr);
    if (started.code === 0) {
      expect(await listed(), why).toBe("one running");
      expect((await command("exec", "one", "echo", "well")).stdout, why).toBe("well\n");
      expect((await command("stop", "-t", "0", "one")).code, why).toBe(0);
      expect(await listed(), why).toBe("one exited");
    } else {
      expect(refusal(started, 1), why).toBeDefined();
      expect(why).toMatch(/has free space|no space left/);
      expect(await listed(), why).toBe("one created");
    }
    expect(await remains(id), why).toEqual([]);
    return started.code === 0;
  }

  it("a box starts, or is refused in one line and stays unchanged, at whichever step its start runs out of space", async () => {
    // Without the empty layer that the others are copied from.
    await tryWith(1);
    disk.free();
    expect((await command("start", "one")).code).toBe(0);
    await command("rm", "-f", "one");
    // Finds the least space that a start needs, which varies by a page or two from one start to the next.
    let [refused, enough] = [0, MOST_PAGES];
    expect(await tryWith(enough)).toBe(true);
    while (enough - refused > EXACTNESS) {
      await command("rm", "-f", "one");
      const pages = Math.floor((refused + enough) / 2);
      if (await tryWith(pages)) enough = pages;
      else refused = pages;
    }
    for (const pages of EXACTNESS > 1 ? [0] : [0, enough - 1, enough + 1, enough + 2]) {
      await command("rm", "-f", "one");
      await tryWith(pages);
    }
    disk.free();
    expect(await command("start", "one")).toMatchObject({ code: 0, stderr: "" });
    expect((await command("exec", "one", "echo", "well")).stdout).toBe("well\n");
  });

  it.each([[], ["--rm"]])(
    "a box created with %j reports its own exit code to every command",
    async (...made) => {
      disk.free();
      await command("rm", "-f", "one");
      const words = ["--name", "one", "--vmm", DRIVER, "--cpus", "1", "-i", BUSYBOX];
      await command("create", ...made, ...words, "sh", "-c", "read line; exit 9");
      expect((await command("start", "one")).code).toBe(0);
      const running = (await command("inspect", "one")).stdout;
      disk.fill();
      const env = { BOX_HOME: disk.path, BOX_RUNTIME: runtime };
      expect((await box(["attach", "one"], { env, input: "go\n" })).code).toBe(9);
      const { stdout } = await command("ps", "-a", "--format", "{{.Names}} {{.Status}}");
      expect(stdout).toMatch(made.length > 0 ? /^$/ : /^one Exited \(9\) /);
      if (made.length > 0) return;
      type Inspected = [{ State: { FinishedAt: string; StartedAt: string; Error: string } }];
      const [{ State: before }] = JSON.parse(running) as Inspected;
      const [{ State: after }] = JSON.parse((await command("inspect", "one")).stdout) as Inspected;
      expect(after.Error).toBe("");
      expect(after.StartedAt).toBe(before.StartedAt);
      expect(Date.parse(after.FinishedAt)).toBeGreaterThan(Date.parse(after.StartedAt));
      // Nothing left over prevents its next start.
      disk.free();
      expect((await command("start", "one")).code).toBe(0);
    },
  );
});
