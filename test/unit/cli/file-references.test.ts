import { execFileSync } from "node:child_process";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Command } from "commander";
import { COMMANDS } from "../../../src/cli/commands.js";
import { loadCommand } from "../../../src/cli/program.js";
import { makeImage, makeIndex, makeTar } from "../../registry/image.js";
import { writeLayout } from "../../registry/layout.js";
import { runCommand } from "./command.js";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "box-file-references-"));
  await writeLayout(at("layout"), { latest: image });
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const at = (name: string) => join(folder, name);

/** Runs in the directory with the files, so that references to them can be relative. */
async function box(...args: string[]) {
  const { code, stdout, stderr } = await runCommand(args, { home: at("home"), cwd: folder });
  return { code, stdout, stderr };
}
const storedImages = () => readdir(at("home/images")).catch(() => []);

const image = makeImage([makeTar({ file: "content" })], {
  config: { Cmd: ["serve"] },
  history: [{ created_by: "made by hand" }],
});
const short = image.configDigest.slice(7, 19);

/** Every command that accepts an image in a file, and output that shows that it found the image. */
const USES: Record<string, { words: string[]; shown: string | RegExp }> = {
  pull: { words: ["pull", "oci:layout"], shown: /^oci:\/.*\/layout$/m },
  tag: { words: ["tag", "oci:layout", "mine:1"], shown: "" },
  save: { words: ["save", "oci:layout"], shown: image.configDigest.slice(7) },
  history: { words: ["history", "oci:layout"], shown: "made by hand" },
  "image history": { words: ["image", "history", "oci:layout"], shown: "made by hand" },
  "image inspect": { words: ["image", "inspect", "-f", "{{.Id}}", "oci:layout"], shown: image.configDigest },
  inspect: { words: ["inspect", "-f", "{{json .Config.Cmd}}", "oci:layout"], shown: '["serve"]' },
  images: { words: ["images", "-f", "since=oci:layout"], shown: "REPOSITORY" },
};

/** Commands that are tested elsewhere: they need the image in the store, or a VM. */
const ELSEWHERE = ["run", "create", "rmi", "image rm", "images", "image ls", "push"];

describe("an image in a file", () => {
  it.each(Object.entries(USES))("can be given to box %s, which imports it into the store", async (_, use) => {
    const { code, stdout, stderr } = await box(...use.words);
    expect({ code, stderr }).toMatchObject({ code: 0 });
    expect(stdout).toMatch(use.shown);
    expect(await storedImages()).toHaveLength(1);
    expect(await readdir(at("home/holds")).catch(() => [])).toEqual([]);
  });

  it("is tested with every command that takes an image", { tags: "slow" }, async () => {
    const named = (command: Command, path: string): string[] => [
      ...(command.registeredArguments.some((one) => one.name() === "image") ? [path] : []),
      ...command.commands.flatMap((below) => named(below, `${path} ${below.name()}`)),
    ];
    const found: string[] = [];
    for (const name of Object.keys(COMMANDS)) {
      const command = await loadCommand(name, () => undefined);
      if (command) found.push(...named(command, name));
    }
    expect(found.filter((name) => !(name in USES) && !ELSEWHERE.includes(name))).toEqual([]);
  });

  it("can be given a name with box tag", async () => {
    await box("tag", "oci:layout", "mine:1");
    expect((await box("images", "--format", "{{.Repository}}:{{.Tag}} {{.ID}}")).stdout).toBe(
      `mine:1 ${short}\n`,
    );
  });

  it("is saved unchanged", async () => {
    expect((await box("save", "-o", "saved.tar", "oci:layout")).code).toBe(0);
    const { stdout } = await box("load", "-i", "saved.tar");
    expect(stdout).toBe(`Loaded image ID: ${image.configDigest}\n`);
  });

  it("can be in an archive or a directory", async () => {
    execFileSync("tar", ["-czf", at("image.tgz"), "-C", at("layout"), "."]);
    expect((await box("history", "-q", "oci-archive:image.tgz")).stdout).toBe(`${short}\n`);
  });

  it("is removed from the store by box rmi, with -f even if it is missing", async () => {
    const missing = await box("rmi", "oci:layout");
    expect(missing.code).toBe(1);
    expect(missing.stderr).toContain(`No such image: oci:${folder}/layout`);
    expect(await box("rmi", "-f", "oci:layout")).toMatchObject({ code: 0, stdout: "" });
    expect(await storedImages()).toEqual([]);
    await box("pull", "-q", "oci:layout");
    expect(await box("rmi", "oci:layout")).toMatchObject({
      code: 0,
      stdout: `Deleted: ${image.configDigest}\nDeleted: ${image.diffIds[0] ?? ""}\n`,
    });
    expect(await storedImages()).toEqual([]);
  });

  it("is for the requested platform", { tags: "slow" }, async () => {
    const arm = makeImage([makeTar({ file: "arm" })], { architecture: "arm64" });
    await writeLayout(at("both"), {
      latest: makeIndex([
        { image: image, platform: { os: "linux", architecture: "amd64" } },
        { image: arm, platform: { os: "linux", architecture: "arm64" } },
      ]),
    });
    const id = ["-f", "{{.Id}}", "oci:both"];
    expect((await box("image", "inspect", ...id)).stdout).toBe(`${image.configDigest}\n`);
    expect((await box("image", "inspect", "--platform", "linux/arm64", ...id)).stdout).toBe(
      `${arm.configDigest}\n`,
    );
    const platforms = ["--platform", "linux/arm64", "--platform", "linux/amd64"];
    expect((await box("rmi", ...platforms, "oci:both")).stdout.split("\n")).toHaveLength(5);
    expect(await storedImages()).toEqual([]);
    await box("save", ...platforms, "-o", "saved.tar", "oci:both");
    expect((await box("load", "-i", "saved.tar")).stdout.split("\n").sort()).toEqual(
      ["", ...[arm, image].map(({ configDigest }) => `Loaded image ID: ${configDigest}`)].sort(),
    );
  });

  it("causes an error that names the file if it is missing or contains no image", async () => {
    for (const command of ["tag", "save", "history", "inspect", "rmi"]) {
      const words = command === "tag" ? ["oci:none", "name"] : ["oci:none"];
      const { code, stderr } = await box(command, ...words);
      expect([command, code]).not.toEqual([command, 0]);
      expect([command, stderr]).toEqual([command, expect.stringContaining(`${folder}/none`)]);
    }
  });

  it("cannot be the new name of an image, or the target of a push", async () => {
    await box("pull", "-q", "oci:layout");
    for (const words of [
      ["tag", short, "oci:layout"],
      ["push", "oci:layout"],
      ["push", "--all-tags", "oci:layout"],
    ]) {
      const { code, stderr } = await box(...words);
      expect([words, code]).toEqual([words, 1]);
      expect([words, stderr]).toEqual([words, expect.stringMatching(/"oci:layout" (is|refers to) /)]);
    }
  });
});

it("a digest refers to the image with that digest, even if an archive uses it as the name of another", async () => {
  const other = makeImage([makeTar({ file: "other" })]);
  await writeLayout(at("other"), { [image.digest]: other });
  await box("tag", "oci:layout", "mine");
  execFileSync("tar", ["-cf", at("other.tar"), "-C", at("other"), "."]);
  await box("load", "-i", "other.tar");
  await box("tag", "oci:other", image.digest);
  expect((await box("image", "inspect", "-f", "{{.Id}}", image.digest)).stdout).toBe(
    `${image.configDigest}\n`,
  );
});
