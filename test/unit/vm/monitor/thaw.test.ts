import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { homeOf } from "../../../../src/host/home.js";
import { secondStart } from "../../../../src/vm/monitor/thaw.js";
import type { Vm } from "../../../../src/vm/monitor/vm.js";
import { attemptLog, templateFiles } from "../../../../src/vm/template/files.js";
import { madeIn } from "../../../../src/vm/template/store.js";

let template: string;
const parents: ChildProcess[] = [];

beforeEach(async () => {
  template = await mkdtemp(join(tmpdir(), "box-thaw-"));
});
afterEach(async () => {
  for (const parent of parents.splice(0)) parent.kill("SIGKILL");
  await rm(template, { recursive: true, force: true });
});

/** Starts a process that plays the helper of a VM: like a monitor's, its parent does not wait for it. */
async function silentVm(): Promise<Vm> {
  const parent = spawn("sh", ["-c", "sleep 1000 & echo $!; exec sleep 1000 3>&-"], {
    stdio: ["ignore", "pipe", "ignore", "pipe"],
  });
  parents.push(parent);
  const [pid] = (await once(parent.stdout as Readable, "data")) as [Buffer];
  const held = parent.stdio[3] as Readable;
  const ended = once(held.resume(), "close").then(() => undefined);
  return {
    pid: Number(pid),
    link: {
      agent: () => {
        throw new Error("there is no guest");
      },
      greeted: ended.then(() => false),
      ping: () => ended,
      take: () => undefined,
      closed: ended,
    },
    console: { lastWords: () => ({ vmm: [], console: [] }), ended, save: () => undefined },
  };
}

const thawOf = (made = "") => ({ template, made, program: join(template, "missing"), boot: [] });

/** Returns the reason to boot instead after the helper has ended with a signal. */
async function failureAfter(signal: NodeJS.Signals): Promise<string | undefined> {
  const vm = await silentVm();
  const { failure } = secondStart(homeOf({ BOX_HOME: template }), vm, thawOf());
  process.kill(vm.pid, signal);
  return failure;
}

it("a VM that boots instead has an empty layer, not what the guest of the template has made of it", async () => {
  const [path, empty] = [join(template, "upper.ext4"), join(template, "empty.ext4")];
  await writeFile(path, "mounted");
  await writeFile(empty, "empty");
  const program = join(template, "missing");
  const thaw = { ...thawOf(), program, layer: { path, empty } };
  const { boot } = secondStart(homeOf({ BOX_HOME: template }), await silentVm(), thaw);
  await expect(boot("a reason")).rejects.toThrow("missing");
  expect(await readFile(path, "utf8")).toBe("empty");
});

describe("a VM that ends before its guest wakes up", () => {
  it("is replaced if it crashed", async () => {
    expect(await failureAfter("SIGSEGV")).toContain("the virtual machine exited before the box was up");
  });

  it("ends the box if it was killed, which says nothing about the template", async () => {
    expect(await failureAfter("SIGKILL")).toBeUndefined();
    expect(await readdir(template)).toEqual([]);
  });
});

describe("a template that did not work", () => {
  const log = () => readFile(attemptLog(template), "utf8");
  let made: string;

  beforeEach(async () => {
    await writeFile(templateFiles(template).state, "state");
    made = (await madeIn(template)) ?? "";
  });
  afterEach(() => rm(attemptLog(template), { force: true }));

  /** Boots instead, which fails here. */
  async function bootInstead(): Promise<void> {
    const { boot } = secondStart(homeOf({ BOX_HOME: template }), await silentVm(), thawOf(made));
    await expect(boot("a reason")).rejects.toThrow("missing");
  }

  it("is removed, and that it failed is noted", async () => {
    await bootInstead();
    await expect(readdir(template)).rejects.toThrow("ENOENT");
    expect(await log()).toContain("a reason");
  });

  it.each(["replaced", "removed"])(
    "is not blamed if it has been %s, and nor is another one",
    async (what) => {
      const { state } = templateFiles(template);
      // The old file is kept, so that no other gets its number.
      await rename(state, `${state}.old`);
      if (what === "replaced") await writeFile(state, "another");
      const before = await readdir(template);
      await bootInstead();
      expect(await readdir(template)).toEqual(before);
      await expect(log()).rejects.toThrow("ENOENT");
    },
  );
});
