import { mkdir, mkdtemp, readdir, readFile, rm, truncate, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { attemptLog, templateFiles, templateFolder } from "../../../../src/vm/template/files.js";
import { thisProcess } from "../../../../src/host/owner.js";
import { removeTemplate } from "../../../../src/vm/template/remove.js";
import { ofEndedProcess } from "../../host/ended.js";
import {
  findTemplate,
  listTemplates,
  recentFailure,
  forgetFailures,
  sweepTemplates,
} from "../../../../src/vm/template/store.js";

const HOUR_MS = 3600 * 1000;

let templates: string;
beforeEach(async () => {
  templates = await mkdtemp(join(tmpdir(), "box-templates-"));
});
afterEach(() => rm(templates, { recursive: true }));

const keyed = (number: number) => number.toString(16).padStart(32, "0");

/** Makes what `box-vmm freeze` leaves, with one MiB of memory. @param usedMs time since its last use */
async function make(number: number, { ageMs = 0, usedMs = 0 } = {}): Promise<string> {
  const folder = templateFolder(templates, keyed(number));
  const files = templateFiles(folder);
  await mkdir(folder);
  const madeAt = new Date(Date.now() - ageMs).toISOString();
  await writeFile(files.record, JSON.stringify({ version: 1, madeAt, memoryMb: 1 }));
  await writeFile(files.memory, "");
  await truncate(files.memory, 2 ** 20);
  await writeFile(files.state, "state");
  if (usedMs > 0) {
    await writeFile(files.used, "");
    const time = new Date(Date.now() - usedMs);
    await utimes(files.used, time, time);
  }
  return folder;
}

const LATER = new Date(Date.now() + HOUR_MS);

/** Damages a template that has a writable layer of one MiB. */
const withLayer =
  (damage: (layer: string) => Promise<void>) =>
  async ({ record, layer }: ReturnType<typeof templateFiles>) => {
    const told = JSON.parse(await readFile(record, "utf8")) as object;
    await writeFile(record, JSON.stringify({ ...told, layerMb: 1 }));
    await writeFile(layer, "");
    await truncate(layer, 2 ** 20);
    await utimes(layer, new Date(0), new Date(0));
    expect(await findTemplate(dirname(layer))).toMatchObject({ layer });
    await damage(layer);
  };

describe("a template", () => {
  it("is another one when it has been made again", async () => {
    const before = await findTemplate(await make(1));
    await removeTemplate(templateFolder(templates, keyed(1)));
    const after = await findTemplate(await make(1));
    expect([before?.layer, before?.made]).toEqual([undefined, expect.stringMatching(/^\d+-\d+$/)]);
    expect(after?.made).not.toBe(before?.made);
  });

  it("is found with its times", async () => {
    const folder = await make(1, { ageMs: 2 * HOUR_MS, usedMs: HOUR_MS });
    const found = await findTemplate(folder);
    expect(found).toMatchObject({ key: keyed(1), folder });
    expect(Date.now() - (found?.madeAt ?? 0)).toBeGreaterThanOrEqual(2 * HOUR_MS);
    expect(Date.now() - (found?.usedAt ?? 0)).toBeGreaterThanOrEqual(HOUR_MS - 1000);
  });

  it.each<[string, (files: ReturnType<typeof templateFiles>) => Promise<void>]>([
    ["has no record", ({ record }) => rm(record)],
    ["has a damaged record", ({ record }) => writeFile(record, "{")],
    ["has a record of another version", ({ record }) => writeFile(record, '{"version":2}')],
    ["has no memory", ({ memory }) => rm(memory)],
    ["has too little memory", ({ memory }) => truncate(memory, 4096)],
    ["has an empty state", ({ state }) => truncate(state, 0)],
    ["lacks its writable layer", withLayer((layer) => rm(layer))],
    ["has a layer of another size", withLayer((layer) => truncate(layer, 4096))],
    ["has a layer that was written to since", withLayer((layer) => utimes(layer, LATER, LATER))],
  ])("is not used if it %s", async (_what, damage) => {
    const folder = await make(1);
    await damage(templateFiles(folder));
    expect(await findTemplate(folder)).toBeUndefined();
  });

  it("is not used when it is a day old, or from the future", async () => {
    expect(await findTemplate(await make(1, { ageMs: 25 * HOUR_MS }))).toBeUndefined();
    expect(await findTemplate(await make(2, { ageMs: -25 * HOUR_MS }))).toBeUndefined();
  });

  it("is removed as a whole, and only once", async () => {
    const folder = await make(1);
    await Promise.all([removeTemplate(folder), removeTemplate(folder)]);
    expect(await readdir(templates)).toEqual([]);
  });
});

describe("sweeping", () => {
  it("keeps those that were used last, and nothing that cannot be used", async () => {
    await make(1, { ageMs: 5 * HOUR_MS, usedMs: HOUR_MS });
    await make(2, { ageMs: 4 * HOUR_MS });
    await make(3, { ageMs: 3 * HOUR_MS, usedMs: 2 * HOUR_MS });
    await make(4, { ageMs: 30 * HOUR_MS, usedMs: 1000 });
    expect((await listTemplates(templates)).map(({ key }) => key)).toEqual([1, 3, 2].map(keyed));
    await sweepTemplates(templates, 2);
    expect((await readdir(templates)).sort()).toEqual([1, 3].map((number) => `vm-${keyed(number)}`));
  });

  it("removes what killed processes have left, but not what is being made", async () => {
    const names = [
      `.making-${ofEndedProcess(thisProcess())}-1`,
      `.making-${thisProcess()}-1`,
      `.removing-${ofEndedProcess(thisProcess())}-1`,
    ];
    const paths = names.map((name) => join(templates, name));
    const before = new Date(Date.now() - HOUR_MS);
    for (const path of paths) {
      await mkdir(path);
      await utimes(path, before, before);
    }
    await writeFile(join(templates, "scratch-1m.ext4"), "");
    await sweepTemplates(templates, 0);
    expect((await readdir(templates)).sort()).toEqual([names[1], "scratch-1m.ext4"]);
  });
});

describe("the log of the last attempt", () => {
  it("is kept when all templates are removed, until failures are forgotten", async () => {
    const log = attemptLog(templateFolder(templates, keyed(1)));
    await writeFile(log, "box-vmm: the agent did not start\n");
    await sweepTemplates(templates, 0);
    expect(await recentFailure(log)).toBe("the agent did not start");
    await forgetFailures(templates);
    expect(await recentFailure(log)).toBeUndefined();
  });

  it("counts VMs that were killed only if three were in a row", async () => {
    const log = attemptLog(templateFolder(templates, keyed(1)));
    const killed = "qemu: a warning\nthe virtual machine was killed\n";
    await writeFile(log, killed.repeat(2));
    expect(await recentFailure(log)).toBeUndefined();
    await writeFile(log, killed.repeat(3));
    expect(await recentFailure(log)).toBe("it was killed 3 times in a row");
  });

  it("tells why it failed, for an hour", async () => {
    const log = attemptLog(templateFolder(templates, keyed(1)));
    expect(await recentFailure(log)).toBeUndefined();
    await writeFile(log, "qemu: a warning\n");
    expect(await recentFailure(log)).toBeUndefined();
    await writeFile(log, "qemu: a warning\nbox-vmm: the agent did not start\n");
    expect(await recentFailure(log)).toBe("the agent did not start");
    const before = new Date(Date.now() - 2 * HOUR_MS);
    await utimes(log, before, before);
    expect(await recentFailure(log)).toBeUndefined();
  });
});
