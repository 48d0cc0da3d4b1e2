import { execFileSync } from "node:child_process";
import {
  closeSync,
  constants,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createCidFile } from "../../src/cli/flags/cid-file.js";
import { writeOutput } from "../../src/cli/output/file.js";
import { measureFolder } from "../../src/engine/system/measure.js";
import { BoxError } from "../../src/errors.js";
import { readDockerArchive } from "../../src/oci/archive/docker-archive.js";
import { openFolder, readWhole } from "../../src/oci/archive/contents.js";
import { buildExchange, whileExchanging } from "./exchanging.js";
import { currentStore } from "../unit/current.js";

let folder: string;
const here = (...parts: string[]) => join(folder, ...parts);
const isRoot = process.getuid?.() === 0;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "box-attack-output-"));
  mkdirSync(here("host"));
  mkdirSync(here("shared", "out"), { recursive: true });
  for (const name of ["image.tar", "cid"]) writeFileSync(here("host", name), "the host's");
});
// Node cannot remove names that are not valid UTF-8.
afterEach(() => void execFileSync("rm", ["-r", folder]));

/** Plays a guest that replaces a shared directory with a link to a directory of the host. */
function becomeLink(): void {
  renameSync(here("shared", "out"), here("shared", "moved"));
  symlinkSync(here("host"), here("shared", "out"));
}
function expectHostUntouched(): void {
  expect(readdirSync(here("host")).sort()).toEqual(["cid", "image.tar"]);
  for (const name of readdirSync(here("host")))
    expect(readFileSync(here("host", name), "utf8")).toBe("the host's");
}

// eslint-disable-next-line @typescript-eslint/require-await
async function* content(act: () => void = () => undefined): AsyncGenerator<Uint8Array> {
  yield Buffer.from("the ");
  act();
  yield Buffer.from("image's");
}

describe("a file that -o names", () => {
  it("is written to the directory that existed when the command began", async () => {
    await writeOutput(here("shared", "out", "image.tar"), content(becomeLink));
    expectHostUntouched();
    expect(readFileSync(here("shared", "moved", "image.tar"), "utf8")).toBe("the image's");
  });

  it("replaces a link, and leaves its target alone", async () => {
    symlinkSync(here("host", "cid"), here("shared", "out", "image.tar"));
    await writeOutput(here("shared", "out", "image.tar"), content());
    expectHostUntouched();
    expect(readFileSync(here("shared", "out", "image.tar"), "utf8")).toBe("the image's");
    expect(readdirSync(here("shared", "out"))).toEqual(["image.tar"]);
  });

  it("is not written through a link that is swapped with a pipe", { tags: "slow" }, async () => {
    execFileSync("mkfifo", [here("shared", "pipe")]);
    symlinkSync(here("host", "cid"), here("shared", "link"));
    // Keeps writers from waiting for a reader.
    const reader = openSync(here("shared", "pipe"), constants.O_RDWR | constants.O_NONBLOCK);
    const exchange = buildExchange();
    try {
      await whileExchanging(exchange, [here("shared", "pipe"), here("shared", "link")], async () => {
        for (let round = 0; round < 60; round++)
          await writeOutput(here("shared", "pipe"), content()).catch((error: unknown) =>
            expect(error).toBeInstanceOf(BoxError),
          );
      });
    } finally {
      closeSync(reader);
      rmSync(exchange);
    }
    expectHostUntouched();
  });

  it.skipIf(!isRoot)("may not be a block device", async () => {
    execFileSync("mknod", [here("disk"), "b", "7", "250"]);
    await expect(writeOutput(here("disk"), content())).rejects.toThrow("it is a block device");
  });
});

it("the file of --cidfile is removed where it was created, not where its path leads by then", async () => {
  const file = await createCidFile(here("shared", "out", "cid"));
  becomeLink();
  await file.abandon();
  expectHostUntouched();
  expect(readdirSync(here("shared", "moved"))).toEqual([]);
});

it("the disk usage of a volume is measured without following links", async () => {
  writeFileSync(here("host", "large"), Buffer.alloc(2 ** 20, "x"));
  symlinkSync(here("host"), here("shared", "link"));
  writeFileSync(Buffer.concat([Buffer.from(here("shared", "out") + "/"), Buffer.from([0xff])]), "x");
  const bytes = await measureFolder(here("shared"));
  expect(bytes).toBeLessThan(2 ** 20);
  expect(await measureFolder(here("host"))).toBeGreaterThanOrEqual(2 ** 20);
  expect(bytes).toBeGreaterThan(await measureFolder(here("none")));
});

describe("a directory read as an image", () => {
  it("is not blocked by a pipe, even if a file turns into one", async () => {
    execFileSync("mkfifo", [here("shared", "pipe")]);
    writeFileSync(here("shared", "index.json"), "{}");
    const contents = openFolder(here("shared"));
    await expect(contents.find("pipe")).rejects.toThrow("pipe is not a file");
    const index = await contents.find("index.json");
    renameSync(here("shared", "pipe"), here("shared", "index.json"));
    if (!index) throw new Error("index.json is there");
    await expect(readWhole(index, 100, "it")).rejects.toThrow("index.json is not a file");
  });

  it("has no files outside itself, even by names that lead there", async () => {
    writeFileSync(here("shared", "manifest.json"), JSON.stringify([{ Config: "../host/cid", Layers: [] }]));
    const contents = openFolder(here("shared"));
    expect(existsSync(here("shared", "../host/cid"))).toBe(true);
    await expect(readDockerArchive(currentStore(), contents)).rejects.toThrow(
      '"../host/cid", listed in manifest.json, is missing',
    );
  });
});
