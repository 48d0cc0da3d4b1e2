import { mkdir, mkdtemp, readFile, rm, truncate, utimes, writeFile } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { VmSpec } from "../../../../src/vm/drivers/driver.js";
import { krun } from "../../../../src/vm/drivers/krun/driver.js";
import { qemu } from "../../../../src/vm/drivers/qemu/driver.js";
import type { RuntimeFiles } from "../../../../src/vm/runtime-files.js";
import { attemptLog, templateFiles } from "../../../../src/vm/template/files.js";
import { planStart } from "../../../../src/vm/template/plan.js";

let folder: string;
let spec: VmSpec;

const home = (env: NodeJS.ProcessEnv = {}) => ({
  folder: join(folder, "home"),
  env: { BOX_SETTINGS: join(folder, "settings.yaml"), ...env },
});

/** @param version as it tells; each time it is asked, it adds a line to `asked` */
async function writeQemu(version: string): Promise<void> {
  const script = `#!/bin/sh\necho >>${join(folder, "asked")}\necho QEMU emulator version ${version} >&1\n`;
  await writeFile(join(folder, "qemu-system-x86_64"), script, { mode: 0o700 });
}

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "box-plan-"));
  const file = (name: string) => join(folder, name);
  for (const name of ["kernel", "boot", "box-vmm"]) await writeFile(file(name), name);
  await writeQemu("7.2.22");
  await mkdir(join(home().folder, "templates"), { recursive: true });
  const runtimeFiles = {
    ...{ kernel: file("kernel"), bootDisk: file("boot"), vmmHelper: file("box-vmm") },
    ...{ memoryPreload: "/library", searchPath: folder },
  } as RuntimeFiles;
  spec = {
    ...{ runtimeFiles, vcpus: 1, memoryMb: 1, diskMb: 64, imageDisk: "/image", writableDisk: "/layer" },
    ...{
      writableDiskReadOnly: false,
      blankLayer: false,
      persistent: false,
      volumes: [],
      network: "bridge",
      ports: [],
    },
    ...{ allowHost: false, logLevel: "info" },
  };
});
afterEach(() => rm(folder, { recursive: true }));

const plan = (changes: Partial<VmSpec> = {}, env?: NodeJS.ProcessEnv) =>
  planStart(home(env), qemu, { ...spec, ...changes }, false);

/** Returns the directory of the template that a plan asks for. */
async function wanted(changes?: Partial<VmSpec>): Promise<string> {
  const { making } = await plan(changes);
  if (!making) throw new Error("no template is to be made");
  const { keyOf } = await import("../../../../src/vm/template/key.js");
  return join(making.templates, `vm-${await keyOf(making.shape)}`);
}

async function make(template: string): Promise<void> {
  const files = templateFiles(template);
  await mkdir(template);
  const record = { version: 1, madeAt: new Date().toISOString(), memoryMb: 1 };
  await writeFile(files.record, JSON.stringify(record));
  await writeFile(files.memory, "");
  await truncate(files.memory, 2 ** 20);
  await writeFile(files.state, "state");
}

describe("a VM without a template", () => {
  it("boots, and has one made for those after it", async () => {
    expect(await plan()).toMatchObject({
      kind: "boot",
      reason: expect.stringContaining("no template") as string,
    });
    await make(await wanted());
    expect(await plan()).toMatchObject({ kind: "thaw", folder: await wanted() });
  });

  it("has none made if it has many more CPUs than the host, which would take minutes", async () => {
    const most = 4 * availableParallelism();
    expect((await plan({ vcpus: most })).making).toBeDefined();
    const reason = "it has many more CPUs than this host";
    expect(await plan({ vcpus: most + 1 })).toEqual({
      kind: "boot",
      reason,
      next: [{ kind: "boot", reason }],
    });
  });

  it("has none made again right after a failure", async () => {
    await writeFile(attemptLog(await wanted()), "box-vmm: the agent did not start\n");
    const { making, ...rest } = await plan();
    expect([rest, making]).toEqual([
      { kind: "boot", reason: "the last template failed: the agent did not start", next: [] },
      undefined,
    ]);
  });
});

const volumes = [{ name: "v", source: "/v", readOnly: false }];

describe("boxes", () => {
  it("share a template if they differ only in what a box has of its own", async () => {
    const one = await wanted();
    expect(await wanted({ imageDisk: "/other", writableDisk: "/else", persistent: true })).toBe(one);
    expect(await wanted({ network: "none", diskMb: 128, logLevel: "debug", allowHost: true })).toBe(one);
  });

  it.each<[string, Partial<VmSpec>]>([
    ["processors", { vcpus: 2 }],
    ["memory", { memoryMb: 2 }],
    ["a layer that takes no writes", { writableDiskReadOnly: true }],
    ["a layer that is like that of most boxes", { blankLayer: true }],
  ])("of other %s have another template", async (_what, changes) => {
    expect(await wanted(changes)).not.toBe(await wanted());
  });

  it.each(["kernel", "boot", "qemu-system-x86_64"])(
    "have another template when the file %s changes",
    async (name) => {
      const before = await wanted();
      const path = join(folder, name);
      await rm(path);
      await writeFile(path, "new", { mode: 0o700 });
      const long = new Date(0);
      await utimes(path, long, long);
      expect(await wanted()).not.toBe(before);
    },
  );

  it("with volumes have a template of their own where QEMU can continue it, which it is asked once", async () => {
    await writeQemu("10.0.13");
    const one = await wanted({ volumes });
    expect(one).not.toBe(await wanted());
    expect(await wanted({ volumes: [{ name: "w", source: "/w", readOnly: true }, ...volumes] })).toBe(one);
    expect(await readFile(join(folder, "asked"), "utf8")).toBe("\n");
    await writeQemu("7.2.22");
    expect(await plan({ volumes })).toMatchObject({ reason: expect.stringContaining("7.2.22") as string });
  });

  it("with a new layer like that of most boxes start with a copy of the one that the template has mounted", async () => {
    const changes = { blankLayer: true };
    const template = await wanted(changes);
    await make(template);
    const { record, layer, state } = templateFiles(template);
    const madeAt = new Date().toISOString();
    await writeFile(record, JSON.stringify({ version: 1, madeAt, memoryMb: 1, layerMb: 64 }));
    await writeFile(layer, "");
    await truncate(layer, 64 * 2 ** 20);
    await writeFile(state, "state");
    expect(await plan(changes)).toMatchObject({ kind: "thaw", folder: template, layer });
    expect(await plan({ ...changes, writableDisk: "/other", imageDisk: "/else" })).toMatchObject({ layer });
    expect(await plan()).toMatchObject({ kind: "boot" });
  });

  it("boot without a template where none can be used", async () => {
    expect(await plan({ volumes })).toMatchObject({
      kind: "boot",
      reason: "it has volumes, and QEMU 7.2.22 cannot continue their device (10.0 can)",
    });
    expect(await planStart(home(), qemu, spec, true)).toMatchObject({
      reason: "its address on its networks is known only now",
    });
    expect(await planStart(home(), krun, spec, false)).toMatchObject({ reason: "krun always boots" });
  });
});

describe("templates", () => {
  it.each(["off", "false", "no", "0"])("are turned off by BOX_TEMPLATES=%s", async (text) => {
    await make(await wanted());
    expect(await plan({}, { BOX_TEMPLATES: text })).toMatchObject({
      kind: "boot",
      reason: "templates are turned off by BOX_TEMPLATES",
    });
  });

  it.each(["", "on", "true", "yes", "1"])("are used with BOX_TEMPLATES=%j", async (text) => {
    await make(await wanted());
    expect(await plan({}, { BOX_TEMPLATES: text })).toMatchObject({ kind: "thaw" });
  });

  it("are neither on nor off with another value of BOX_TEMPLATES, which is refused", async () => {
    await expect(plan({}, { BOX_TEMPLATES: "of" })).rejects.toMatchObject({
      code: "invalid-switch",
      message: 'BOX_TEMPLATES: "of" is neither on nor off',
    });
  });

  it("are turned off by the settings, whatever BOX_TEMPLATES says", async () => {
    await make(await wanted());
    await writeFile(join(folder, "settings.yaml"), "templates: false\n");
    for (const env of [{}, { BOX_TEMPLATES: "on" }])
      expect(await plan({}, env)).toMatchObject({ reason: "templates are turned off in the settings" });
  });
});
