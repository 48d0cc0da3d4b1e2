import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, readlink, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { DRIVER, finish, ROOT, start } from "./box.js";
import { BUSYBOX } from "./images.js";
import { fillHome, homeIn } from "./own-home.js";
import { processesNaming } from "./processes.js";

let folder: string;
let env: NodeJS.ProcessEnv;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "box-slots-"));
  env = { ...homeIn(folder), BOX_TEMPLATES: "off" };
  await fillHome(join(folder, "home"));
});
afterEach(() => rm(folder, { recursive: true }));

const slots = () => join(folder, "home", "templates", "starts.lock");

/** Takes all slots. @returns a function that kills the holder */
async function takeSlots(): Promise<() => Promise<unknown>> {
  const holder = spawn(join(ROOT, "dist", "native", "box-vmm"), ["hold", slots()], { stdio: "pipe" });
  await once(holder.stdout, "data");
  return () => {
    holder.kill("SIGKILL");
    return once(holder, "close");
  };
}

async function hasOpen(pid: number, file: string): Promise<boolean> {
  const descriptors = `/proc/${pid}/fd`;
  const names = await readdir(descriptors).catch(() => []);
  const targets = await Promise.all(
    names.map((name) => readlink(join(descriptors, name)).catch(() => undefined)),
  );
  return targets.includes(file);
}

/** Resolves when the helper of a box waits for a slot. */
async function awaitWaiting(): Promise<void> {
  for (;;) {
    const helpers = await processesNaming(`--slots\0${slots()}`);
    for (const pid of helpers.keys()) if (await hasOpen(pid, slots())) return;
  }
}

const begin = (...words: string[]) =>
  start(["run", "--rm", "--vmm", DRIVER, "--cpus", "1", BUSYBOX, ...words], { env });

it.skipIf(DRIVER === "krun")(
  "starts take turns, whether Node or a plan starts the box, and Ctrl-C ends one that waits",
  async () => {
    expect(await finish(begin("echo", "first"))).toMatchObject({ code: 0, stdout: "first\n" });
    // The first one is started by Node; it writes the plan for the second.
    for (const name of ["second", "third"]) {
      const free = await takeSlots();
      const command = begin("echo", name);
      let output = "";
      command.stdout?.on("data", (chunk: Buffer) => (output += chunk.toString()));
      await awaitWaiting();
      expect(output).toBe("");
      await free();
      expect(await finish(command)).toMatchObject({ code: 0, stderr: "" });
      expect(output).toBe(`${name}\n`);
    }

    const free = await takeSlots();
    try {
      const command = begin("echo", "never");
      await awaitWaiting();
      command.kill("SIGINT");
      expect(await finish(command)).toMatchObject({ code: 130, stdout: "", stderr: "" });
      expect(await readdir(join(folder, "home", "boxes"))).toEqual([]);
    } finally {
      await free();
    }
  },
);
