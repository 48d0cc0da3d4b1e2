import { existsSync } from "node:fs";
import { chmod, mkdir, mkdtemp, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { box, ROOT, run } from "../../e2e/box.js";
import { BUSYBOX } from "../../e2e/images.js";
import { fillHome, shareTemplates } from "../../e2e/own-home.js";
import { awaitGone, kill, processesNaming } from "../../e2e/processes.js";

let folder: string;
let env: NodeJS.ProcessEnv;
let session: string;
beforeAll(async () => {
  folder = await mkdtemp(join(ROOT, "build", "reboot-"));
  session = join(folder, "session");
  env = { BOX_HOME: join(folder, "home"), BOX_RUNTIME: "", XDG_RUNTIME_DIR: session };
  await mkdir(session, { mode: 0o700 });
  shareTemplates(join(folder, "home"));
  await fillHome(join(folder, "home"));
});
afterAll(async () => {
  const ids = (await box(["ps", "-aq"], { env })).stdout.split("\n").filter(Boolean);
  if (ids.length > 0) await box(["rm", "-f", ...ids], { env });
  await rm(folder, { recursive: true });
});

/** Kills everything of a box and removes the socket directory, as a reboot does. */
async function reboot(id: string): Promise<void> {
  for (const pid of (await processesNaming(id)).keys()) {
    kill(pid);
    await awaitGone(pid);
  }
  await rm(session, { recursive: true });
}

it("boxes come back after a reboot, with or without a session", async () => {
  const words = ["--restart", "always", BUSYBOX, "sh", "-c", "exec sleep 10000"];
  const { stdout } = await run(["-d", ...words], { env });
  const id = stdout.trim();
  const says = async () => (await box(["exec", id, "echo", "here"], { env })).stdout;
  expect(await says()).toBe("here\n");
  expect(await readdir(join(session, "box"))).toEqual([`${id.slice(0, 12)}.sock`]);

  await reboot(id);
  await mkdir(session, { mode: 0o700 });
  // A BOX_HOME that others can read causes a single warning.
  await chmod(join(folder, "home"), 0o755);
  const open = /home can be read by other users.*chmod 700/;
  const started = await box(["start", id], { env });
  expect(started).toMatchObject({ code: 0, stderr: expect.stringMatching(open) as string });
  expect((await box(["info"], { env })).stdout).toMatch(open);
  expect(await says()).toBe("here\n");
  expect(await readdir(join(session, "box"))).toEqual([`${id.slice(0, 12)}.sock`]);

  await reboot(id);
  expect(await box(["system", "resume"], { env })).toMatchObject({ code: 0, stderr: "" });
  expect(await says()).toBe("here\n");
  expect(existsSync(session)).toBe(false);
  // A session that begins later hides no box.
  await mkdir(session, { mode: 0o700 });
  expect(await says()).toBe("here\n");
  expect((await box(["stop", "-t", "0", id], { env })).code).toBe(0);
  expect(await readdir(join(folder, "home", "run"))).toEqual([]);
});
