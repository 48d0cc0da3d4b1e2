import { mkdir, mkdtemp, readdir, realpath, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import { errnoOf } from "../../src/errors.js";
import { lookUp, makeMissing } from "../../src/vm/volume/host-path.js";
import { buildExchange, whileExchanging } from "./exchanging.js";

// A guest keeps swapping a directory of the host with a link, while sources below it are resolved and created.

const RUNS = Number(process.env["BOX_TEST_RUNS"] ?? 1000);
let program: string;
let folder: string;

beforeAll(() => {
  program = buildExchange();
});
afterAll(() => rm(program, { force: true }));
beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), "box-sources-")));
  await mkdir(join(folder, "shared", "cache"), { recursive: true });
  await mkdir(join(folder, "outside"));
  await symlink(join(folder, "outside"), join(folder, "shared", "link"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

function attempt(path: string): string {
  try {
    return lookUp(path, makeMissing).kind;
  } catch (error) {
    return errnoOf(error) ?? "";
  }
}

it(
  "nothing is created through a link that replaces a directory at any moment",
  { tags: "slow" },
  async () => {
    const cache = join(folder, "shared", "cache");
    const outcomes = new Set<string>();
    // eslint-disable-next-line @typescript-eslint/require-await
    await whileExchanging(program, [cache, join(folder, "shared", "link")], async () => {
      for (let i = 0; i < RUNS; i++) outcomes.add(attempt(join(cache, `new-${i}`, "below")));
    });
    expect(await readdir(join(folder, "outside"))).toEqual([]);
    // The link may be gone again before it is examined; anything but a directory is then an error.
    for (const outcome of outcomes) expect(["folder", "link", "ENOTDIR"]).toContain(outcome);
  },
);
