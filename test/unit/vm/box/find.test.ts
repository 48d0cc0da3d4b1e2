import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { BoxOptions } from "../../../../src/config/box-options.js";
import { CREATING, createBox, newBoxId } from "../../../../src/vm/box/create.js";
import { boxFiles, boxesFolder, controlSocket, namesFolder } from "../../../../src/vm/box/files.js";
import { findBox, listBoxes } from "../../../../src/vm/box/find.js";
import { heldLocks } from "../../../../src/vm/box/lock.js";
import { REMOVING, removeBox } from "../../../../src/vm/box/remove.js";
import { writeState } from "../../../../src/vm/box/state.js";
import { boxRecord as record } from "../record.js";
import { currentHome } from "../../current.js";

vi.mock("../../../../src/vm/box/lock.js", () => ({ heldLocks: vi.fn() }));

let home: string;

const nothing = () => Promise.resolve();

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "box-find-"));
  vi.stubEnv("BOX_HOME", home);
  vi.stubEnv("BOX_RUNTIME", join(home, "run"));
  vi.mocked(heldLocks).mockResolvedValue(new Set());
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(home, { recursive: true, force: true });
});

describe("createBox", () => {
  it("gives a name to only one box, however many are created at once", async () => {
    const results = await Promise.allSettled(
      Array.from({ length: 8 }, () => createBox(currentHome(), record("same"), nothing)),
    );
    expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    expect((await listBoxes(currentHome())).map((box) => box.record.name)).toEqual(["same"]);
    expect(await readdir(boxesFolder(currentHome()))).toHaveLength(1);
  });

  it("leaves nothing behind if it cannot fill the directory", async () => {
    const full = () => Promise.reject(new Error("disk full"));
    await expect(createBox(currentHome(), record("full"), full)).rejects.toThrow("disk full");
    expect(await readdir(boxesFolder(currentHome()))).toEqual([]);
    expect(await readdir(namesFolder(currentHome()))).toEqual([]);
  });

  it("reuses the name of a box that no longer exists", async () => {
    const folder = await createBox(currentHome(), record("again"), nothing);
    await rm(folder, { recursive: true });
    await expect(createBox(currentHome(), record("again"), nothing)).resolves.toBeTruthy();
  });
});

describe("listBoxes", () => {
  it("ignores partially removed directories, and removes those of commands that were killed", async () => {
    await createBox(currentHome(), record("whole"), nothing);
    await mkdir(join(boxesFolder(currentHome()), "f".repeat(64)));
    await mkdir(join(boxesFolder(currentHome()), `${REMOVING}x`));
    await mkdir(join(boxesFolder(currentHome()), `${CREATING}999999999-x`));
    await mkdir(join(boxesFolder(currentHome()), `${CREATING}${process.pid}-y`));
    expect((await listBoxes(currentHome())).map((box) => box.record.name)).toEqual(["whole"]);
    const hidden = (await readdir(boxesFolder(currentHome()))).filter((entry) => entry.startsWith("."));
    expect(hidden).toEqual([`${CREATING}${process.pid}-y`]);
  });

  it("completes the removal of a box that was interrupted: its name and sockets go, too", async () => {
    const folder = await createBox(currentHome(), record("half"), nothing);
    const id = basename(folder);
    const socket = join(home, "run", controlSocket(id));
    await writeFile(socket, "");
    await rename(folder, join(boxesFolder(currentHome()), REMOVING + id));
    expect(await listBoxes(currentHome())).toEqual([]);
    const left = await Promise.all([boxesFolder, namesFolder].map((of) => readdir(of(currentHome()))));
    expect([...left, existsSync(socket)]).toEqual([[], [], false]);
  });

  it("records a box whose lock is free as exited, and removes its disk", async () => {
    const folder = await createBox(currentHome(), record("crashed"), (path) =>
      writeFile(boxFiles(path).writableLayer, "disk"),
    );
    await writeState(folder, { status: "running", startedAt: new Date().toISOString() });
    const [box] = await listBoxes(currentHome());
    expect(box?.state).toMatchObject({ status: "exited", exitCode: 137 });
    expect(await readdir(folder)).not.toContain("upper.ext4");
    expect((await findBox(currentHome(), "crashed")).state.status).toBe("exited");
  });

  it("does not touch a box whose lock is held", async () => {
    const folder = await createBox(currentHome(), record("alive"), nothing);
    await writeState(folder, { status: "running" });
    vi.mocked(heldLocks).mockResolvedValue(new Set([boxFiles(folder).lock]));
    expect((await listBoxes(currentHome()))[0]?.state.status).toBe("running");
  });

  it("removes a crashed box created by run --rm", async () => {
    const folder = await createBox(
      currentHome(),
      record("gone", { options: BoxOptions.parse({ autoRemove: true }) }),
      nothing,
    );
    await writeState(folder, { status: "running" });
    expect(await listBoxes(currentHome())).toEqual([]);
    expect(await readdir(boxesFolder(currentHome()))).toEqual([]);
    expect(await readdir(namesFolder(currentHome()))).toEqual([]);
  });
});

describe("findBox", () => {
  it("accepts names, IDs and ID prefixes, and rejects ambiguous ones", async () => {
    const one = record("one", { id: `ab${newBoxId().slice(2)}` });
    const two = record("two", { id: `ab${newBoxId().slice(2)}` });
    await createBox(currentHome(), one, nothing);
    const folder = await createBox(currentHome(), two, nothing);
    for (const word of ["one", "/one"]) expect((await findBox(currentHome(), word)).record.id).toBe(one.id);
    expect((await findBox(currentHome(), two.id)).record.name).toBe("two");
    expect((await findBox(currentHome(), two.id.slice(0, 12))).record.name).toBe("two");
    await expect(findBox(currentHome(), "ab")).rejects.toMatchObject({ code: "ambiguous-id" });
    await expect(findBox(currentHome(), "")).rejects.toMatchObject({ code: "invalid-name" });
    await removeBox(currentHome(), folder, "two");
    await removeBox(currentHome(), folder, "two");
    expect((await findBox(currentHome(), "ab")).record.name).toBe("one");
  });
});
