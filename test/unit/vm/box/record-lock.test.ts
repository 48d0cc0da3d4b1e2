// @module-tag slow
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { boxFiles, boxFolder, namesFolder } from "../../../../src/vm/box/files.js";
import type { Box } from "../../../../src/vm/box/find.js";
import type { BoxRecord } from "../../../../src/vm/box/record.js";
import { withRecord } from "../../../../src/vm/box/record-lock.js";
import { renameBox } from "../../../../src/vm/box/rename.js";
import { updateBox } from "../../../../src/vm/box/update.js";
import { boxRecord } from "../record.js";
import { currentHome } from "../../current.js";

let home: string;
let box: Box;

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "box-record-"));
  vi.stubEnv("BOX_HOME", home);
  const record = boxRecord("one", {});
  const folder = boxFolder(currentHome(), record.id);
  await mkdir(folder, { recursive: true });
  await mkdir(namesFolder(currentHome()));
  await writeFile(boxFiles(folder).record, JSON.stringify(record));
  await symlink(record.id, join(namesFolder(currentHome()), record.name));
  box = { folder, record, state: { status: "exited" } };
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(home, { recursive: true });
});

const read = async () => JSON.parse(await readFile(boxFiles(box.folder).record, "utf8")) as BoxRecord;

it("a rename and an update at the same time both take effect, in either order", async () => {
  for (let round = 0; round < 20; round++) {
    const name = `name${round}`;
    const pidsLimit = round + 100;
    box = { ...box, record: await read() };
    await Promise.all([
      renameBox(currentHome(), box, name, expect.unreachable),
      updateBox(currentHome(), box, { limits: { pidsLimit } }),
    ]);
    const { name: now, config, guest } = await read();
    expect([now, config.resourceLimits.pidsLimit, guest.pidsLimit]).toEqual([name, pidsLimit, pidsLimit]);
  }
});

it("a change waits for a process that has read the record and is about to write it, such as a start", async () => {
  const { record, folder } = box;
  let renaming: Promise<void> = Promise.resolve();
  await withRecord(currentHome(), record.id, async () => {
    const before = await read();
    renaming = renameBox(currentHome(), box, "two", expect.unreachable);
    await mkdir(join(home, "elsewhere"));
    await writeFile(boxFiles(folder).record, JSON.stringify({ ...before, driver: "krun" }));
  });
  await renaming;
  expect(await read()).toMatchObject({ name: "two", driver: "krun" });
});
