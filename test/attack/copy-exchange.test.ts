import {
  chmodSync,
  chownSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { BoxError } from "../../src/errors.js";
import { holdDestination } from "../../src/vm/copy/destination.js";
import { readTar } from "../../src/vm/copy/read-tar.js";
import { unpackTar } from "../../src/vm/copy/unpack.js";
import { writeTar, type Member } from "../tree/tar-writer.js";

// Another user owns the directory that root copies to, and swaps files in it between two steps of the copy.

/** Called after each file system operation of the copy. */
const afterStep = vi.hoisted((): { act: () => void } => ({ act: () => undefined }));
vi.mock(import("node:fs"), async (importOriginal) => {
  const original = await importOriginal();
  const watched = <F extends (...words: never[]) => unknown>(call: F) =>
    ((...words: Parameters<F>) => {
      const result = call(...words);
      afterStep.act();
      return result;
    }) as F;
  const { mkdirSync, openSync, symlinkSync, linkSync, renameSync } = original;
  const { lchownSync, chownSync, fchownSync, fchmodSync, chmodSync } = original;
  return {
    ...original,
    ...{ mkdirSync: watched(mkdirSync), openSync: watched(openSync), linkSync: watched(linkSync) },
    ...{ symlinkSync: watched(symlinkSync), renameSync: watched(renameSync) },
    ...{ lchownSync: watched(lchownSync), chownSync: watched(chownSync), fchownSync: watched(fchownSync) },
    ...{ fchmodSync: watched(fchmodSync), chmodSync: watched(chmodSync) },
  };
});

const OWNERS = { uid: 77, gid: 77 };
const TAR: Member[] = [
  { path: "src/", type: "5", mode: 0o777, ...OWNERS },
  { path: "src/sub/", type: "5", mode: 0o777, ...OWNERS },
  { path: "src/sub/file", type: "0", mode: 0o666, data: Buffer.from("the guest's"), ...OWNERS },
  { path: "src/sub/link", type: "2", linkTarget: "x", ...OWNERS },
];

let folder: string;
const here = (...parts: string[]) => join(folder, ...parts);

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "box-attack-exchange-"));
  chmodSync(folder, 0o755);
});
afterEach(() => {
  afterStep.act = () => undefined;
  rmSync(folder, { recursive: true, force: true });
});

/** Creates what root keeps in the other user's directory and nobody else may read. */
function prepare(): string {
  const theirs = mkdtempSync(here("round-"));
  mkdirSync(join(theirs, "secret-folder"), { mode: 0o700 });
  writeFileSync(join(theirs, "secret-folder", "kept"), "root's", { mode: 0o600 });
  writeFileSync(join(theirs, "secret-file"), "root's", { mode: 0o600 });
  chownSync(theirs, 65_534, 65_534);
  return theirs;
}

/** Acts as the other user, who has no capabilities. */
function asOther(act: () => void): void {
  const groups = process.getgroups?.() ?? [];
  process.setgroups?.([]);
  process.setegid?.(65_534);
  process.seteuid?.(65_534);
  try {
    act();
  } finally {
    process.seteuid?.(0);
    process.setegid?.(0);
    process.setgroups?.(groups);
  }
}

/** Replaces a new name with what root keeps there. */
function exchange(theirs: string, secret: string): void {
  for (const name of readdirSync(theirs)) {
    if (/^(secret|moved)-/.test(name)) continue;
    try {
      renameSync(join(theirs, name), join(theirs, `moved-${name}`));
      renameSync(join(theirs, secret), join(theirs, name));
      return;
    } catch {} // not allowed, or gone
  }
}

async function unpack(members: Member[], path: string): Promise<void> {
  // eslint-disable-next-line @typescript-eslint/require-await
  async function* once(): AsyncGenerator<Buffer> {
    yield writeTar(members);
  }
  const into = holdDestination(path);
  try {
    await unpackTar(readTar(once()), { into, shown: path, keepOwners: true, warn: () => undefined });
  } catch (error) {
    // Failing is fine, but only with a BoxError.
    expect(error).toBeInstanceOf(BoxError);
  } finally {
    into.close();
  }
}

/** Copies, swapping a file after one step. @returns whether there was such a step */
async function copyWith(step: number, members: Member[], top: string, secret: string): Promise<boolean> {
  const theirs = prepare();
  if (top === "there") {
    mkdirSync(join(theirs, top));
    chownSync(join(theirs, top), 65_534, 65_534);
  }
  const place = top === "there" ? join(theirs, top) : theirs;
  if (top === "there") {
    for (const name of ["secret-folder", "secret-file"]) renameSync(join(theirs, name), join(place, name));
  }
  const inode = lstatSync(join(place, secret)).ino;
  let steps = 0;
  afterStep.act = () => {
    if (steps++ !== step) return;
    asOther(() => exchange(place, secret));
  };
  await unpack(members, join(theirs, top));
  afterStep.act = () => undefined;
  const name = readdirSync(place).find((each) => lstatSync(join(place, each)).ino === inode);
  const about = `${secret} after step ${step}`;
  expect(name, about).toBeDefined();
  const status = lstatSync(join(place, name ?? ""));
  expect([status.uid, status.gid, status.mode & 0o7777], about).toEqual(
    secret === "secret-folder" ? [0, 0, 0o700] : [0, 0, 0o600],
  );
  if (secret === "secret-folder") {
    expect(readdirSync(join(place, name ?? "")), about).toEqual(["kept"]);
    expect(readFileSync(join(place, name ?? "", "kept"), "utf8")).toBe("root's");
  }
  return steps > step;
}

describe.skipIf(process.getuid?.() !== 0)(
  "a copy while another user swaps a file after any of its steps",
  () => {
    const link: Member[] = [{ path: "src", type: "2", linkTarget: "x", ...OWNERS }];
    const file: Member[] = [{ path: "src", type: "0", mode: 0o666, data: Buffer.from("x"), ...OWNERS }];
    const below = TAR.map((member) => ({ ...member, path: member.path.replace(/^src\//, "src/new/") }));
    const into: Member[] = [{ path: "src/", type: "5", mode: 0o777, ...OWNERS }, ...below];
    it.each([
      ["a folder", TAR, "src"],
      ["a link", link, "src"],
      ["a file", file, "src"],
      ["a tree merged into an existing directory", into, "there"],
    ])(
      "sets mode and owner of %s only on files that it created itself",
      { tags: "slow" },
      async (_, members, top) => {
        for (const secret of ["secret-folder", "secret-file"]) {
          let step = 0;
          while (await copyWith(step, members, top, secret)) step++;
          expect(step).toBeGreaterThan(1);
        }
      },
    );
  },
);
