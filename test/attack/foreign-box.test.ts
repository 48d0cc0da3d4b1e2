import { spawnSync } from "node:child_process";
import { chmod, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { afterPull } from "../../src/engine/images/after-pull.js";
import { usedByBoxes } from "../../src/engine/images/used-by-boxes.js";
import { homeOf } from "../../src/host/home.js";
import { storeOf } from "../../src/oci/store/store.js";
import { createBox } from "../../src/vm/box/create.js";
import { boxFiles } from "../../src/vm/box/files.js";
import { writeState } from "../../src/vm/box/state.js";
import { boxRecord } from "../unit/vm/record.js";
import { startOtherUser, type OtherUser } from "./other-user.js";

/** A user of this host to whom permissions apply. */
const OWNER = 54_313;
const MINE = boxRecord("mine", { namedVolumes: [{ name: "data", anonymous: false }] });
const ROOTS = boxRecord("rootbox");

let owner: OtherUser;
let folder: string;
let home: string;
let roots: string;
beforeAll(async () => {
  owner = await startOtherUser(OWNER);
  ({ folder, home } = owner);
});
afterAll(() => owner.remove());

const box = (...words: string[]) => owner.box(...words);

/** The owner creates a box, and root creates one in the same BOX_HOME. */
beforeEach(async () => {
  await rm(home, { recursive: true, force: true });
  const opened = homeOf({ BOX_HOME: home, BOX_RUNTIME: join(folder, "run") });
  const mine = await createBox(opened, MINE, () => Promise.resolve());
  await writeState(mine, { status: "exited", exitCode: 0, finishedAt: new Date().toISOString() });
  await writeFile(boxFiles(mine).log, "");
  spawnSync("chown", ["-R", `${OWNER}:${OWNER}`, home]);
  roots = await createBox(opened, ROOTS, () => Promise.resolve());
});

const short = ROOTS.id.slice(0, 12);
const reason = () => `cannot read ${roots}/box.json: permission denied`;

it("another user's box does not get in the way of the owner's boxes", { tags: "slow" }, async () => {
  for (const words of [
    ["ps"],
    ["inspect", "mine"],
    ["inspect", MINE.id],
    ["logs", "mine"],
    ["port", MINE.id.slice(0, 12)],
    ["stop", "mine"],
    ["rename", "mine", "other"],
    ["system", "df"],
    ["system", "resume"],
    ["info"],
    ["rm", "-f", MINE.id],
  ])
    expect([words, await box(...words)]).toMatchObject([words, { code: 0 }]);
  expect((await box("ps", "-aq")).out).toBe(`${short}\n`);
});

it("ps shows what is known of another user's box, and why not more", { tags: "slow" }, async () => {
  const { code, out, said } = await box("ps", "-a", "--format", "{{.ID}} {{.Names}} {{.State}}");
  expect([code, out, said]).toEqual([
    0,
    `${MINE.id.slice(0, 12)} mine exited\n${short} rootbox unreadable\n`,
    `warning: box ${short} (rootbox): ${reason()}\n`,
  ]);
  expect((await box("ps", "-a", "-f", "status=exited", "-q")).out).toBe(`${MINE.id.slice(0, 12)}\n`);
  expect((await box("info", "--format", "{{.Box.Boxes.unreadable}}")).out).toBe("1\n");
});

it("a command that names another user's box reports what cannot be read", { tags: "slow" }, async () => {
  for (const word of ["rootbox", ROOTS.id, short])
    for (const command of ["inspect", "stop", "logs"])
      expect(await box(command, word)).toMatchObject({
        code: 1,
        said: expect.stringContaining(reason()) as string,
      });
});

it("nothing that another user's box may need is removed", { tags: "slow" }, async () => {
  for (const words of [
    ["volume", "prune", "-af"],
    ["image", "prune", "-af"],
    ["volume", "rm", "data"],
  ])
    expect([words, await box(...words)]).toMatchObject([
      words,
      { code: 1, said: expect.stringContaining(reason()) as string },
    ]);
});

it("a box with an unreadable lock does not get in the way of other boxes", async () => {
  await chmod(roots, 0o755);
  for (const path of [boxFiles(roots).record, boxFiles(roots).lock]) {
    await writeFile(path, JSON.stringify(ROOTS));
    await chmod(path, path.endsWith("lock") ? 0o600 : 0o644);
  }
  const { out, said } = await box("ps", "-a", "--format", "{{.Names}} {{.State}}");
  expect(out).toBe("mine exited\nrootbox unreadable\n");
  expect(said).toMatch(/^warning: box \S+ \(rootbox\): cannot read \S+\/lock: permission denied\n$/);
});

it("pulled images are kept, whatever the store's limits, while some box's needs are unknown", async () => {
  const record = boxFiles(roots).record;
  await rm(record);
  // Not even root can read this one.
  await symlink("box.json", record);
  const store = storeOf(homeOf({ BOX_HOME: home }));
  await afterPull(store, { maxRootfsEntries: 0, maxCacheBytes: 0 }, false);
  await expect(usedByBoxes(store.home)).rejects.toMatchObject({ code: "store-unreadable" });
});

it("another user's unfinished files are skipped", async () => {
  const left = `${home}/boxes/.creating-999999999-x`;
  spawnSync("mkdir", ["-p", `${left}/within`]);
  expect((await box("inspect", "mine")).code).toBe(0);
});

it("info marks what cannot be read", { tags: "slow" }, async () => {
  for (const name of ["boxes", "tags"]) {
    spawnSync("install", ["-d", "-m", "0", "-o", "root", join(home, name)]);
    const { code, out } = await box("info");
    expect([name, code]).toEqual([name, 0]);
    expect(out).toContain(`cannot read ${join(home, name)}: permission denied`);
  }
  expect(JSON.parse((await box("info", "--format", "json")).out)).toMatchObject({
    Box: { boxes: null, images: null },
  });
});

it("info accepts templates, and refuses those it cannot fill in", { tags: "slow" }, async () => {
  expect((await box("info", "-f", "{{.DockerRootDir}} {{.Box.home}}")).out).toBe(`${home} ${home}\n`);
  const refused = await box("info", "--format", "{{.Nothing}}");
  expect([refused.code, refused.said]).toEqual([
    1,
    expect.stringContaining("can't evaluate field Nothing in type system.dockerInfo"),
  ]);
});
