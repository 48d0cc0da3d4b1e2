import { on } from "node:events";
import { watch } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { box, home, run, runDetached } from "../../e2e/box.js";
import { BUSYBOX } from "../../e2e/images.js";

// A guest replaces a directory that another of its volumes shares with a link to somewhere else on the host.

let folder: string;
const path = (...names: string[]) => join(folder, ...names);
const made: string[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "box-attack-"));
  await mkdir(path("shared", "cache"), { recursive: true });
  await mkdir(path("secret"));
  await writeFile(path("secret", "key"), "key\n");
});
afterAll(async () => {
  if (made.length > 0) await box(["rm", "-f", ...made]);
  await rm(folder, { recursive: true, force: true });
});

/** Waits until a box stays stopped, and returns the recorded error. */
async function awaitError(id: string): Promise<string> {
  const watcher = watch(join(home(), "boxes", id));
  const changes = on(watcher, "change");
  try {
    for (;;) {
      const text = await readFile(join(home(), "boxes", id, "state.json"), "utf8").catch(() => "{}");
      const { error } = JSON.parse(text) as { error?: string };
      if (error !== undefined) return error;
      await changes.next();
    }
  } finally {
    watcher.close();
  }
}

describe("a guest that replaces a volume's directory with a link", () => {
  it("sees nothing else of the host after its next start, and neither do other boxes", async () => {
    const script = `
      ls -A /cache > /n/seen; touch /cache/made
      mv /n/cache /n/before && ln -s ${path("secret")} /n/cache`;
    const shared = ["-v", `${path("shared")}:/n`];
    const cache = ["-v", `${path("shared", "cache")}:/cache`];
    const id = await runDetached(["--restart", "always", ...shared, ...cache, BUSYBOX, "sh", "-c", script]);
    made.push(id);
    expect(await awaitError(id)).toMatch(
      /^cannot be restarted: volume at \S+: cannot mount host path ".*\/shared\/cache": it has become a symbolic link$/,
    );
    expect(await readdir(path("secret"))).toEqual(["key"]);
    expect(await readdir(path("shared", "before"))).toEqual(["made"]);
    const started = await box(["start", "-a", id]);
    expect({ code: started.code, stderr: started.stderr }).toMatchObject({
      code: 125,
      stderr: expect.stringContaining("has become a symbolic link") as string,
    });
    const other = await run(["--rm", ...cache, BUSYBOX, "ls", "/cache"]);
    expect({ code: other.code, stdout: other.stdout }).toEqual({ code: 125, stdout: "" });
    expect(other.stderr).toContain("which a box can write to");
  });
});
