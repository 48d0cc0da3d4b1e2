import { spawnSync } from "node:child_process";
import { chmod, chown, mkdir, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { startOtherUser, type OtherUser } from "./other-user.js";

/** A user of this host to whom permissions apply. */
const OWNER = 54_312;
const ID = "0123456789ab".padEnd(64, "d");

let owner: OtherUser;
let folder: string;
let home: string;
beforeAll(async () => {
  owner = await startOtherUser(OWNER);
  ({ folder, home } = owner);
});
afterAll(() => owner.remove());

async function own(path: string): Promise<void> {
  await mkdir(path, { mode: 0o700 });
  await chown(path, OWNER, OWNER);
}

beforeEach(async () => {
  await rm(home, { recursive: true, force: true });
  await own(home);
  for (const name of ["boxes", "images", "indexes", "layers", "locks", "names", "tags", "volumes"])
    await own(join(home, name));
  for (const name of [`boxes/${ID}`, "holds", "tags/here", "uncached", `uncached/${ID}`])
    await own(join(home, name));
  await symlink(ID, join(home, "names", "web"));
});

const box = (...words: string[]) => owner.box(...words);

const COMMANDS = {
  boxes: [
    ["ps", "-a"],
    ["inspect", "web"],
    ["rm", "web"],
    ["system", "df"],
    ["prune", "-f"],
  ],
  images: [["images"], ["system", "df"], ["image", "prune", "-a", "-f"], ["rmi", "here"]],
  indexes: [["images"], ["system", "df"]],
  layers: [["images"], ["system", "df"], ["image", "prune", "-a", "-f"]],
  tags: [["images"], ["image", "prune", "-a", "-f"]],
  "tags/here": [["images"]],
  volumes: [
    ["volume", "ls"],
    ["volume", "prune", "-f"],
    ["system", "df"],
  ],
};

it.each(Object.entries(COMMANDS))(
  "unreadable %s do not count as empty",
  { tags: "slow" },
  async (name, commands) => {
    const path = join(home, name);
    await chmod(path, 0o000);
    for (const words of commands) {
      const result = await box(...words);
      expect([words, result]).toEqual([
        words,
        { code: 1, out: expect.any(String) as string, said: expect.stringContaining("box: ") as string },
      ]);
      expect([words, result.said]).toEqual([
        words,
        expect.stringMatching(
          new RegExp(`^box: cannot read ${path}\\S*: permission denied\nhint: [^\n]+\n$`),
        ),
      ]);
    }
  },
);

it("a box whose record is unreadable is still listed", async () => {
  await writeFile(join(home, "boxes", ID, "box.json"), "{}");
  await chmod(join(home, "boxes", ID), 0o000);
  expect(await box("ps", "-a")).toMatchObject({
    code: 0,
    out: expect.stringMatching(new RegExp(`^${ID.slice(0, 12)} .* Unreadable .* web`, "m")) as string,
    said: expect.stringContaining(`cannot read ${join(home, "boxes", ID)}`) as string,
  });
});

it(
  "the name of an inaccessible box is not free, and neither is the store of a box that is gone",
  { tags: "slow" },
  async () => {
    await chmod(join(home, "boxes"), 0o000);
    const result = await box("run", "--dry-run", "--name", "web", "nginx");
    expect(result.code).toBe(125);
    expect(result.said).toMatch(/^box: (cannot read|no permission to write to) \S*\/boxes/);
    expect((await box("system", "prune", "-f")).code).toBe(1);
    await chmod(join(home, "boxes"), 0o700);
    expect((await box("run", "--dry-run", "--name", "web", "nginx")).said).toMatch(
      /"\/web" is already in use/,
    );
  },
);

it(
  "an image with unreadable parts is neither pulled again nor reported as damaged",
  { tags: "slow" },
  async () => {
    const root = join(folder, "root");
    await rm(root, { recursive: true, force: true });
    await mkdir(root);
    await writeFile(join(root, "hello"), "hello");
    spawnSync("tar", ["-C", root, "-cf", join(folder, "root.tar"), "."]);
    expect(await box("import", join(folder, "root.tar"), "made:1")).toMatchObject({ code: 0 });
    const [image = ""] = await readdir(join(home, "images"));
    const create = ["create", "--vmm", "qemu", "made:1", "true"];
    for (const [place, ...commands] of [
      ["layers", create, ["create", "--pull", "never", ...create.slice(1)], ["history", "made:1"]],
      [`images/${image}`, create, ["history", "made:1"], ["save", "-o", "/dev/null", "made:1"]],
    ] as const) {
      await chmod(join(home, place), 0o000);
      for (const words of commands) {
        const said = expect.stringMatching(
          new RegExp(
            `^box: cannot read ${join(home, place)}\\S*: permission denied\nhint: check that you own all`,
          ),
        ) as string;
        expect([words, await box(...words)]).toMatchObject([words, { said }]);
      }
      await chmod(join(home, place), 0o700);
    }
    expect((await box("history", "made:1")).code).toBe(0);
  },
);

it("a missing directory counts as empty", { tags: "slow" }, async () => {
  for (const name of ["boxes", "images", "volumes", "tags"]) await rm(join(home, name), { recursive: true });
  for (const words of [["ps"], ["images"], ["volume", "ls"], ["system", "df"], ["prune", "-f"]])
    expect([words, (await box(...words)).code]).toEqual([words, 0]);
  await rm(home, { recursive: true });
  expect((await box("ps")).code).toBe(0);
});
