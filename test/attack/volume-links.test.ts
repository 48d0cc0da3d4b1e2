import { mkdir, mkdtemp, readdir, readFile, rename, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { BoxConfig } from "../../src/config/box-config.js";
import { boxFiles, boxFolder } from "../../src/vm/box/files.js";
import type { BoxRecord } from "../../src/vm/box/record.js";
import { resolveVolumes, sourcesOf, type BoxVolume } from "../../src/vm/box/resolve/volumes.js";
import { removeTree } from "../../src/vm/volume/remove-tree.js";
import { ensureVolume } from "../../src/vm/volume/store.js";
import { boxSpec } from "../unit/box-spec.js";
import { boxRecord } from "../unit/vm/record.js";
import { currentHome } from "../unit/current.js";
import { buildExchange, whileExchanging } from "./exchanging.js";

// A guest writes to a directory of the host, and creates a link there that leads another volume elsewhere.

// It is in the same directory as the bundle.
vi.mock(import("../../src/vm/volume/helper.js"), () => ({
  VMM_HELPER: join(process.cwd(), "dist", "native", "box-vmm"),
}));

const FILES = 200;
const ROUNDS = 20;

let folder: string;
const path = (...names: string[]) => join(folder, ...names);

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "box-links-"));
  vi.stubEnv("BOX_HOME", path("home"));
  for (const name of ["shared/cache/deep", "secret/deep"]) await mkdir(path(name), { recursive: true });
  for (const name of ["shared/cache/file", "secret/file"]) await writeFile(path(name), name);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true });
});

const make = (volumes: string[], workspace = "") =>
  resolveVolumes(currentHome(), boxSpec({ volumes, workspace }));
const startAgain = (made: BoxVolume[], volumes: string[], workspace = "") =>
  resolveVolumes(currentHome(), boxSpec({ volumes, workspace }), {
    namedVolumes: [],
    sources: sourcesOf(made),
  });

/** Plays a guest that replaces /shared/cache with a link. */
async function exchange(to = path("secret")): Promise<void> {
  await rename(path("shared", "cache"), path("shared", "before"));
  await symlink(to, path("shared", "cache"));
}

async function recordBox(more: Partial<BoxRecord>): Promise<void> {
  const record = boxRecord("other", more);
  await mkdir(boxFolder(currentHome(), record.id), { recursive: true });
  await writeFile(boxFiles(boxFolder(currentHome(), record.id)).record, JSON.stringify(record));
}

describe("a link that replaces", () => {
  const shared = () => `${path("shared")}:/n`;
  const cases: [string, () => string[]][] = [
    ["a volume's directory", () => [`${path("shared", "cache")}:/c`]],
    ["a volume's file", () => [`${path("shared", "cache", "file")}:/c`]],
    ["a directory above it", () => [`${path("shared", "cache", "deep")}:/c:ro`]],
    ["a directory above one that is now missing", () => [`${path("shared", "cache", "missing")}:/c`]],
    ["a directory of --mount", () => [`type=bind,src=${path("shared", "cache")},dst=/c`]],
  ];
  it.each(cases)("%s is reported, and not followed", async (_, volumes) => {
    const made = await make([shared(), ...volumes()]);
    await rm(path("shared", "cache", "missing"), { recursive: true, force: true });
    await exchange();
    await expect(startAgain(made, [shared(), ...volumes()])).rejects.toMatchObject({
      code: "invalid-volume",
      message: expect.stringMatching(
        /^volume at \S+: cannot mount host path ".*": .* has become a symbolic link$/,
      ) as string,
    });
    expect(await readdir(path("secret"))).toEqual(["deep", "file"]);
  });

  it("a workspace is not followed", async () => {
    const made = await make([], path("shared", "cache"));
    await exchange();
    await expect(startAgain(made, [], path("shared", "cache"))).rejects.toThrow(
      "it has become a symbolic link",
    );
  });

  it("the last component of a file's path is not followed", async () => {
    const volumes = [`${path("shared", "cache", "file")}:/c`];
    const made = await make(volumes);
    await rm(path("shared", "cache", "file"));
    await symlink(path("secret", "file"), path("shared", "cache", "file"));
    await expect(startAgain(made, volumes)).rejects.toThrow("it has become a symbolic link");
  });

  it("a named volume's data directory is not followed", async () => {
    const { data } = await ensureVolume(currentHome(), "data");
    const made = await make(["data:/d"]);
    await rm(data, { recursive: true });
    await symlink(path("secret"), data);
    await expect(startAgain(made, ["data:/d"])).rejects.toThrow("it has become a symbolic link");
  });
});

describe("a link that exists before the box", () => {
  const cache = () => `${path("shared", "cache")}:/c`;

  it("is not followed out of a directory that the box itself can write to", async () => {
    await exchange();
    await expect(make([`${path("shared")}:/n`, cache()])).rejects.toThrow(
      /^volume at \S+: ".*\/shared\/cache" is a symbolic link that leads out of ".*\/shared", which a box can write to$/,
    );
    expect(await make([`${path("shared")}:/n:ro`, cache()])).toMatchObject([{}, { source: path("secret") }]);
  });

  it("is not followed out of a directory that another box can write to, nor out of a named volume", async () => {
    await exchange();
    await recordBox({ config: BoxConfig.parse({ image: "x", volumes: [`${path("shared")}:/n`] }) });
    await expect(make([cache()])).rejects.toThrow("which a box can write to");
    const { data } = await ensureVolume(currentHome(), "data");
    await recordBox({ config: BoxConfig.parse({ image: "x", volumes: ["data:/d"] }) });
    await symlink(path("secret"), join(data, "link"));
    await expect(make([`${data}/link:/c`])).rejects.toThrow("which a box can write to");
  });

  it("is followed as long as it stays in that directory", async () => {
    await exchange("before/deep");
    expect(await make([`${path("shared")}:/n`, cache()])).toMatchObject([
      {},
      { source: path("shared", "before", "deep") },
    ]);
  });

  it("does not lead a box outside if its record is older than resolved paths", async () => {
    await exchange();
    const volumes = [`${path("shared")}:/n`, cache()];
    await expect(resolveVolumes(currentHome(), boxSpec({ volumes }), { namedVolumes: [] })).rejects.toThrow(
      "which a box can write to",
    );
  });
});

describe("the removal of a volume", () => {
  it("does not follow a link that replaces a directory meanwhile", { tags: "slow" }, async () => {
    const outside = path("outside");
    const names = Array.from({ length: FILES }, (_, number) => `f${number}`);
    await mkdir(outside);
    for (const name of names) await writeFile(join(outside, name), "");
    const program = buildExchange();
    try {
      for (let round = 0; round < ROUNDS; round++) {
        const top = path(`volume-${round}`);
        await mkdir(join(top, "folder"), { recursive: true });
        for (const name of names) await writeFile(join(top, "folder", name), "");
        await symlink(outside, join(top, "link"));
        await whileExchanging(program, [join(top, "folder"), join(top, "link")], () =>
          removeTree(top).catch(() => undefined),
        );
      }
    } finally {
      await rm(program, { force: true });
    }
    expect((await readdir(outside)).sort()).toEqual([...names].sort());
  });

  it("removes names that are not valid UTF-8, nested directories, and the links themselves", async () => {
    const name = Buffer.from([0x66, 0xff, 0x2f, 0x66]);
    await mkdir(Buffer.concat([Buffer.from(`${path("shared")}/`), name.subarray(0, 2)]));
    await writeFile(Buffer.concat([Buffer.from(`${path("shared")}/`), name]), "");
    await symlink(path("secret"), path("shared", "link"));
    await removeTree(path("shared"));
    expect(await readdir(folder)).toEqual(["secret"]);
    expect(await readFile(path("secret", "file"), "utf8")).toBe("secret/file");
  });
});
