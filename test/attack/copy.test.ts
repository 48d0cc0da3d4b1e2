import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { BoxError } from "../../src/errors.js";
import { holdDestination } from "../../src/vm/copy/destination.js";
import { packTar } from "../../src/vm/copy/pack.js";
import { readTar } from "../../src/vm/copy/read-tar.js";
import { holdSource } from "../../src/vm/copy/source.js";
import { unpackTar } from "../../src/vm/copy/unpack.js";
import { writeTar, type Member } from "../tree/tar-writer.js";
import { buildExchange, whileExchanging } from "./exchanging.js";

const FILES = 100;
const ROUNDS = 40;
const names = Array.from({ length: FILES }, (_, number) => `f${number}`);

let exchange: string;
let folder: string;
const here = (...parts: string[]) => join(folder, ...parts);

beforeAll(() => {
  exchange = buildExchange();
  return () => rmSync(exchange, { force: true });
});
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "box-attack-copy-"));
  mkdirSync(here("host"));
  for (const name of names) writeFileSync(here("host", name), "the host's", { mode: 0o600 });
  chmodSync(here("host"), 0o700);
  mkdirSync(here("shared"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

// eslint-disable-next-line @typescript-eslint/require-await
async function* once(data: Buffer): AsyncGenerator<Buffer> {
  yield data;
}

/** Like `box cp BOX:/src FOLDER/src` on the host. */
async function unpack(tar: Buffer, path: string): Promise<void> {
  const into = holdDestination(path);
  try {
    await unpackTar(readTar(once(tar)), { into, shown: path, keepOwners: true, warn: () => undefined });
  } catch (error) {
    // Failing is fine, because the destination changes, but only with a BoxError.
    expect(error).toBeInstanceOf(BoxError);
  } finally {
    into.close();
  }
}

/** Like `box cp FOLDER BOX:/dst` on the host. */
async function pack(path: string): Promise<Buffer> {
  const source = holdSource(path, false, path);
  const pieces: Buffer[] = [];
  try {
    for await (const piece of packTar(source, {
      name: "top",
      onFile: () => undefined,
      warn: () => undefined,
    }))
      pieces.push(piece);
  } finally {
    source.close();
  }
  return Buffer.concat(pieces);
}

function expectHostUntouched(): void {
  expect(readdirSync(here("host")).sort()).toEqual([...names].sort());
  expect(lstatSync(here("host")).mode & 0o7777).toBe(0o700);
  for (const name of names) {
    expect(readFileSync(here("host", name), "utf8")).toBe("the host's");
    expect(lstatSync(here("host", name)).mode & 0o7777).toBe(0o600);
  }
}

describe("while a directory is swapped with a link to a directory of the host", () => {
  const top: Member = { path: "src/", type: "5", mode: 0o755 };
  const sub: Member = { path: "src/sub/", type: "5", mode: 0o777, mtime: 5 };
  const files = names.map((name): Member => {
    return { path: `src/sub/${name}`, type: "0", mode: 0o666, data: Buffer.from("the guest's") };
  });

  beforeEach(() => {
    mkdirSync(here("shared", "src", "sub"), { recursive: true });
    symlinkSync(here("host"), here("shared", "link"));
  });
  const exchanged = (): [string, string] => [here("shared", "src", "sub"), here("shared", "link")];

  it("a copy out of a box writes nothing outside its destination", { tags: "slow" }, async () => {
    const tar = writeTar([top, sub, ...files]);
    await whileExchanging(exchange, exchanged(), async () => {
      for (let round = 0; round < ROUNDS; round++) await unpack(tar, here("shared", "src"));
    });
    expectHostUntouched();
  });

  it(
    "links in the copy lead nowhere outside it, and no attributes are set there",
    { tags: "slow" },
    async () => {
      const links = names.flatMap((name): Member[] => [
        { path: `src/h${name}`, type: "1", linkTarget: `src/sub/${name}` },
        { path: `src/sub/l${name}`, type: "2", linkTarget: "x", uid: 77, gid: 77, mtime: 7 },
      ]);
      const tar = writeTar([top, sub, ...files, ...links.filter(({ type }) => type === "2")]);
      const hard = writeTar([top, sub, ...files, ...links.filter(({ type }) => type === "1")]);
      await whileExchanging(exchange, exchanged(), async () => {
        for (let round = 0; round < ROUNDS; round++) {
          await unpack(tar, here("shared", "src"));
          await unpack(hard, here("shared", "src"));
        }
      });
      expectHostUntouched();
      for (const name of names) expect(lstatSync(here("host", name)).nlink).toBe(1);
    },
  );

  it("a copy into a box takes nothing from outside its source", { tags: "slow" }, async () => {
    for (const name of names) writeFileSync(here("shared", "src", "sub", name), "the guest's");
    expect((await pack(here("shared", "src"))).includes("the guest's")).toBe(true);
    await whileExchanging(exchange, exchanged(), async () => {
      for (let round = 0; round < ROUNDS * 5; round++) {
        const tar = await pack(here("shared", "src"));
        expect(tar.includes("the host's")).toBe(false);
      }
    });
    expectHostUntouched();
  });
});

it("while a file is swapped with a link to a file of the host, a copy never has that file's contents", async () => {
  mkdirSync(here("shared", "src"));
  writeFileSync(here("shared", "src", "file"), "the guest's");
  symlinkSync(here("host", "f0"), here("shared", "link"));
  await whileExchanging(exchange, [here("shared", "src", "file"), here("shared", "link")], async () => {
    for (let round = 0; round < ROUNDS * 10; round++)
      expect((await pack(here("shared", "src"))).includes("the host's")).toBe(false);
  });
});

it(
  "while a file is swapped with a link to a file of the host, a copy onto it writes to neither",
  { tags: "slow" },
  async () => {
    mkdirSync(here("shared", "src"));
    writeFileSync(here("shared", "src", "file"), "old");
    symlinkSync(here("host", "f0"), here("shared", "link"));
    const tar = writeTar([
      { path: "src/", type: "5", mode: 0o755 },
      { path: "src/file", type: "0", mode: 0o666, data: Buffer.from("the guest's") },
    ]);
    await whileExchanging(exchange, [here("shared", "src", "file"), here("shared", "link")], async () => {
      for (let round = 0; round < ROUNDS * 5; round++) await unpack(tar, here("shared", "src"));
    });
    expectHostUntouched();
    expect(existsSync(here("shared", "src", "file"))).toBe(true);
    expect(readdirSync(here("shared", "src"))).toEqual(["file"]);
  },
);
