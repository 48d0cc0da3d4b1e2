import { execFileSync } from "node:child_process";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { box, ROOT, run, runDetached } from "./box.js";
import { homeIn, shareTemplates } from "./own-home.js";

const LAYOUT = join(ROOT, "build", "images", "busybox");

let folder: string;
let env: NodeJS.ProcessEnv;
beforeAll(async () => {
  folder = await mkdtemp(join(ROOT, "build", "e2e-removal-"));
  env = homeIn(folder);
  shareTemplates(join(folder, "home"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const images = async () => (await box(["images", "--format", "{{.Repository}}:{{.Tag}}"], { env })).stdout;

describe("an image in use by boxes", () => {
  beforeEach(async () => {
    await box(["pull", "-q", `oci:${LAYOUT}`], { env });
    const { stdout } = await box(["images", "-q"], { env });
    const [id = ""] = stdout.split("\n");
    await box(["tag", id, "first:1"], { env });
  });

  it("keeps its last name while a box runs, even with -f; other names are removed", async () => {
    await box(["tag", "first:1", "second:1"], { env });
    const id = await runDetached(["--name", "user", "first:1", "sleep", "1000"], { env });
    try {
      expect(await box(["rmi", "first:1"], { env })).toMatchObject({
        code: 0,
        stdout: "Untagged: first:1\n",
      });
      for (const [force, words] of [
        [
          [],
          /unable to remove repository reference "second:1" \(must force\) - container \w{12} is using its/,
        ],
        [
          ["-f"],
          /unable to delete \w{12} \(cannot be forced\) - image is being used by running container \w/,
        ],
      ] as const) {
        const refused = await box(["rmi", ...force, "second:1"], { env });
        expect(refused).toMatchObject({ code: 1, stdout: "" });
        expect(refused.stderr).toMatch(words);
      }
      expect(await images()).toBe("second:1\n");
    } finally {
      await box(["rm", "-f", id], { env });
    }
    expect((await box(["rmi", "second:1"], { env })).stdout).toMatch(/^Untagged: second:1\nDeleted: sha256:/);
    expect(await readdir(join(folder, "home", "layers"))).toEqual([]);
  });

  it("may be removed while a box starts, which then runs or fails in one line", async () => {
    for (let i = 0; i < 3; i++) {
      const [started, removed] = await Promise.all([
        run(["--rm", "--pull", "never", "first:1", "echo", "ran"], { env }),
        box(["rmi", "-f", "first:1"], { env }),
      ]);
      if (started.code === 0) expect(started).toMatchObject({ stdout: "ran\n", stderr: "" });
      else {
        expect(started).toMatchObject({ code: 125, stdout: "" });
        expect(started.stderr).toMatch(/^box: .*first:1.*\n(hint: .*\n)?$/);
      }
      if (removed.code !== 0)
        expect(removed.stderr).toMatch(/^box: conflict: unable to delete \S+ .*\nhint: .*\n$/);
      expect((await box(["system", "check"], { env })).code).toBe(0);
      await box(["pull", "-q", `oci:${LAYOUT}`], { env });
      const [id = ""] = (await box(["images", "-q"], { env })).stdout.split("\n");
      await box(["tag", id, "first:1"], { env });
    }
  });
});

describe("a box with --no-cache from an image in a file", () => {
  it.each(["oci", "oci-archive", "docker-archive"])(
    "%s: runs, and leaves nothing behind",
    async (transport) => {
      const archive = join(folder, `${transport}.tar`);
      const words = ["--insecure-policy", "copy", "-q", `oci:${LAYOUT}`, `${transport}:${archive}`];
      if (transport !== "oci") execFileSync("skopeo", words);
      const before = await images();
      const reference = `${transport}:${transport === "oci" ? LAYOUT : archive}`;
      const result = await run(["--rm", "-q", "--no-cache", reference, "echo", "ran"], { env });
      expect(result).toMatchObject({ code: 0, stdout: "ran\n", stderr: "" });
      expect(await images()).toBe(before);
      expect(await readdir(join(folder, "home", "uncached"))).toEqual([]);
    },
  );
});
