import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { Home } from "../../../../src/host/home.js";
import { removeAnonymous } from "../../../../src/vm/volume/anonymous.js";
import { ensureVolume, listVolumes } from "../../../../src/vm/volume/store.js";
import { boxRecord } from "../record.js";

vi.mock(import("../../../../src/vm/volume/helper.js"), () => ({
  VMM_HELPER: join(process.cwd(), "dist", "native", "box-vmm"),
}));

let home: Home;

beforeEach(async () => {
  home = { folder: await mkdtemp(join(tmpdir(), "box-anonymous-")), env: {} };
});
afterEach(() => rm(home.folder, { recursive: true }));

async function addBox(content: unknown, prefix = ""): Promise<void> {
  const record = boxRecord("other");
  const folder = join(home.folder, "boxes", prefix + record.id);
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "box.json"), typeof content === "string" ? content : JSON.stringify(content));
}

it("anonymous volumes are removed with the last box that uses them, created completely or not; named ones never", async () => {
  for (const name of ["used", "being-used", "unused", "inherited", "named"])
    await ensureVolume(home, name, { anonymous: name !== "named" });
  await addBox({ namedVolumes: [{ name: "used", anonymous: false }] });
  await addBox({ namedVolumes: [{ name: "being-used", anonymous: false, shared: true }] }, ".creating-1-");
  for (const damaged of ["{", "null", { namedVolumes: "x" }, { namedVolumes: [null, 1] }])
    await addBox(damaged);
  await removeAnonymous(home, {
    namedVolumes: [
      { name: "used", anonymous: true },
      { name: "being-used", anonymous: true },
      { name: "unused", anonymous: true },
      { name: "inherited", anonymous: false, shared: true },
      { name: "named", anonymous: false },
    ],
  });
  expect((await listVolumes(home)).map(({ name }) => name)).toEqual(["being-used", "named", "used"]);
});

it("an anonymous volume remains if a damaged record names it, and all remain if a record cannot be read", async () => {
  const namesLeft = async () => (await listVolumes(home)).map(({ name }) => name);
  const namedVolumes = ["named", "unnamed"].map((name) => ({ name, anonymous: true }));
  for (const { name } of namedVolumes) await ensureVolume(home, name, { anonymous: true });
  const unreadable = join(home.folder, "boxes", "unreadable");
  await mkdir(unreadable, { recursive: true });
  await symlink("/etc/passwd", join(unreadable, "box.json"));
  await removeAnonymous(home, { namedVolumes });
  expect(await namesLeft()).toEqual(["named", "unnamed"]);
  await rm(unreadable, { recursive: true });
  await addBox('{"namedVolumes":[{"name":"named","anonymous":false,"shared":true}],"damaged');
  await removeAnonymous(home, { namedVolumes });
  expect(await namesLeft()).toEqual(["named"]);
});
