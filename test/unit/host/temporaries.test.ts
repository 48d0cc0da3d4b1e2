import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { sweepTemporaries, temporaryBeside } from "../../../src/host/temporaries.js";
import { ofEndedProcess } from "./ended.js";

it("of unfinished files, only those of processes that have ended are removed", async () => {
  const folder = await mkdtemp(join(tmpdir(), "box-temporaries-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const path = join(folder, "file");
  const foreign = (count: number) => temporaryBeside(path).replace(/\d+-\d+\.tmp$/, `1-${count}.tmp`);
  const olderVersions = (count: number) => `${path}.${process.pid}-${count}.tmp`;
  const [alive, inUse, unknown] = [temporaryBeside(path), foreign(0), olderVersions(0)];
  const old = [foreign(1), olderVersions(1), `${path}.1-c7a0e3c2-8d5b-4b0e-9c3d-000000000000.tmp`];
  for (const name of [path, alive, inUse, unknown, ofEndedProcess(alive), ...old]) await writeFile(name, "");
  await mkdir(`${path}s.tmp`);
  const yesterday = Date.now() / 1000 - 25 * 3600;
  for (const name of [...old, `${path}s.tmp`, path]) await utimes(name, yesterday, yesterday);
  await sweepTemporaries(folder);
  const kept = [path, `${path}s.tmp`, alive, inUse, unknown].map((name) => basename(name));
  expect((await readdir(folder)).sort()).toEqual(kept.sort());
  await sweepTemporaries(join(folder, "none"));
});
