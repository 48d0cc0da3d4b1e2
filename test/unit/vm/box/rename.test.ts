import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { reserveName } from "../../../../src/vm/box/create.js";
import { temporaryBeside } from "../../../../src/host/temporaries.js";
import { boxFiles, boxFolder, namesFolder } from "../../../../src/vm/box/files.js";
import type { Box } from "../../../../src/vm/box/find.js";
import { renameBox } from "../../../../src/vm/box/rename.js";
import { currentHome } from "../../current.js";
import { boxRecord } from "../record.js";

let box: Box;

beforeEach(async () => {
  vi.stubEnv("BOX_HOME", await mkdtemp(join(tmpdir(), "box-rename-")));
  const home = currentHome();
  const record = boxRecord("old");
  box = { folder: boxFolder(home, record.id), record, state: { status: "created" } };
  for (const folder of [box.folder, namesFolder(home), join(home.folder, "locks")])
    await mkdir(folder, { recursive: true });
  await writeFile(boxFiles(box.folder).record, JSON.stringify(record));
  await reserveName(home, "old", record.id);
});
afterEach(async () => {
  await rm(currentHome().folder, { recursive: true });
  vi.unstubAllEnvs();
});

const named = () => readdir(namesFolder(currentHome()));
const recorded = async () =>
  (JSON.parse(await readFile(boxFiles(box.folder).record, "utf8")) as { name: string }).name;

it("a renamed box has only its new name", async () => {
  await renameBox(currentHome(), box, "new", expect.unreachable);
  expect([await named(), await recorded()]).toEqual([["new"], "new"]);
});

it("a box whose record cannot be written keeps only its old name", async () => {
  // As on a full disk: no file can be written next to the record.
  const { record } = boxFiles(box.folder);
  const inTheWay = temporaryBeside(record).replace(/\d+(?=\.tmp$)/, (count) => String(Number(count) + 1));
  await mkdir(inTheWay);
  await expect(renameBox(currentHome(), box, "new", expect.unreachable)).rejects.toThrow();
  expect([await named(), await recorded()]).toEqual([["old"], "old"]);
  await rm(inTheWay, { recursive: true });
  await renameBox(currentHome(), box, "new", expect.unreachable);
  expect([await named(), await recorded()]).toEqual([["new"], "new"]);
});
