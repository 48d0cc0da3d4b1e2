import { spawnSync } from "node:child_process";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { temporaryBeside } from "../../../../src/host/temporaries.js";
import { stagedFiles, sweepStagedFiles } from "../../../../src/vm/box/staged-files.js";
import { ofEndedProcess } from "../../host/ended.js";

it("a box keeps the files of starts that are under way, not those of processes that were killed", async () => {
  const folder = await mkdtemp(join(tmpdir(), "box-staged-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const { pid } = spawnSync("true");
  const { record, writableLayer } = stagedFiles(folder);
  const state = join(folder, "state.json");
  const writing = temporaryBeside(state);
  const kept = [record, writableLayer, state, writing];
  for (const path of [...kept, ofEndedProcess(writing), join(folder, `next-${pid}.ext4`)])
    await writeFile(path, "");
  await sweepStagedFiles(folder);
  expect((await readdir(folder)).sort()).toEqual(kept.map((path) => basename(path)).sort());
});
