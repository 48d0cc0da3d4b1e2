import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { parseBox } from "../../../../src/config/parse-box.js";
import { openContext } from "../../../../src/engine/context.js";
import { withMeantPool } from "../../../../src/engine/pools/meant.js";
import { BoxError } from "../../../../src/errors.js";

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "box-pools-"));
  await mkdir(join(home, "pools", "ci"), { recursive: true });
});
afterEach(() => rm(home, { recursive: true }));

it.each([
  ["ci", { enabled: true }, "no-such-pool", "ci"],
  ["ci", { enabled: true }, "image-not-found", "ci"],
  ["ci", { enabled: true, name: "other" }, "no-such-pool", undefined],
  ["ci", {}, "image-not-found", undefined],
  ["ci", { enabled: true }, "no-space", undefined],
  ["web", { enabled: true }, "no-such-pool", undefined],
])(
  "a name after `--pool` and a space may be that of a pool: %s %j %s",
  async (image, pool, code, meantPool) => {
    const { spec } = parseBox({ config: { image, pool } });
    const error = new BoxError(code, "it failed", { hint: "look", detail: { image } });
    expect(await withMeantPool(openContext({ home }), spec, error)).toMatchObject({
      ...{ code, reason: "it failed", hint: "look" },
      detail: { image, ...(meantPool && { meantPool }) },
    });
  },
);
