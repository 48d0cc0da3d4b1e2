import { access, mkdir, mkdtemp, readdir, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { resolveVolumes, sourcesOf } from "../../../../../src/vm/box/resolve/volumes.js";
import { findVolume } from "../../../../../src/vm/volume/store.js";
import { boxSpec } from "../../../box-spec.js";
import { currentHome } from "../../../current.js";

let home: string;

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "box-resolve-"));
  vi.stubEnv("BOX_HOME", join(home, "box"));
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(home, { recursive: true });
});

const resolve = async (volumes: string[], workspace = "") =>
  resolveVolumes(currentHome(), boxSpec({ volumes, workspace }));

describe("resolveVolumes", () => {
  it("creates a missing host directory for -v, and rejects it for --mount", async () => {
    const missing = join(home, "a", "b");
    await expect(resolve([`type=bind,src=${missing},dst=/x`])).rejects.toMatchObject({
      code: "invalid-volume",
      message: expect.stringContaining(missing) as string,
    });
    await expect(access(missing)).rejects.toThrow();
    const [volume] = await resolve([`${missing}:/x`]);
    expect(volume).toMatchObject({ source: missing, target: "/x", file: false, populate: false });
    expect((await stat(missing)).isDirectory()).toBe(true);
  });

  it("distinguishes files from directories, and rejects anything else", async () => {
    await writeFile(join(home, "file"), "");
    expect(await resolve([`${home}/file:/f:ro`])).toMatchObject([{ file: true, readOnly: true }]);
    await expect(resolve(["/dev/null:/n"])).rejects.toMatchObject({ code: "invalid-volume" });
    await expect(resolve([`${home}/file/below:/f`])).rejects.toMatchObject({ code: "invalid-volume" });
  });

  it("has named volumes filled, unless they are read-only or have nocopy", async () => {
    const volumes = await resolve(["data:/a", "data:/b:ro", "data:/c:nocopy"]);
    expect(volumes.map(({ populate }) => populate)).toEqual([true, false, false]);
    const { data } = await findVolume(currentHome(), "data");
    expect(volumes.map(({ source, named }) => [source, named])).toEqual(
      volumes.map(() => [data, { name: "data", anonymous: false }]),
    );
  });

  it("creates a new volume for each one without a name", async () => {
    const [one, two] = await resolve(["/a", "/b"]);
    expect(one?.named).toMatchObject({ anonymous: true });
    expect(one?.source).not.toBe(two?.source);
  });

  it("mounts a workspace, and rejects two volumes with the same target", async () => {
    await mkdir(join(home, "work"));
    expect(await resolve([], join(home, "work"))).toMatchObject([{ target: "/workspace", readOnly: false }]);
    await expect(resolve([`${home}:/workspace/`], join(home, "work"))).rejects.toMatchObject({
      code: "duplicate-mount",
    });
  });

  it("follows links when a box is created, and remembers where they led", async () => {
    for (const name of ["first", "second"]) await mkdir(join(home, name));
    await symlink("first", join(home, "current"));
    const made = await resolve([`${home}/current/new:/x`]);
    expect(made).toMatchObject([{ source: `${home}/first/new`, asked: `${home}/current/new` }]);
    expect(await readdir(join(home, "first"))).toEqual(["new"]);
    await rm(join(home, "current"));
    await symlink("second", join(home, "current"));
    const later = await again([`${home}/current/new:/x`], sourcesOf(made));
    expect(later).toMatchObject([{ source: `${home}/first/new` }]);
    expect(await readdir(join(home, "second"))).toEqual([]);
  });

  it("recreates a directory that was removed after the box was created", async () => {
    const made = await resolve([`${home}/a/b:/x`]);
    await rm(join(home, "a"), { recursive: true });
    await again([`${home}/a/b:/x`], sourcesOf(made));
    expect((await stat(join(home, "a", "b"))).isDirectory()).toBe(true);
  });
});

const again = (volumes: string[], sources: Record<string, string>, workspace = "") =>
  resolveVolumes(currentHome(), boxSpec({ volumes, workspace }), { namedVolumes: [], sources });
