import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { BoxError } from "../../../src/errors.js";
import { explainOwnFailure } from "../../../src/host/write-failure.js";
import { currentHome } from "../current.js";

const failure = (code: string, where: { path?: string; dest?: string }) =>
  Object.assign(new Error(`${code}: as reported by Node`), { code, ...where });

const before = process.env["BOX_HOME"];
beforeEach(() => {
  process.env["BOX_HOME"] = "/data/box";
});
afterEach(() => {
  if (before === undefined) delete process.env["BOX_HOME"];
  else process.env["BOX_HOME"] = before;
});

describe("an error that a command ends with", () => {
  it.each([
    [
      "ENOSPC",
      { path: "/data/box/boxes/1/state.json" },
      "no space left on the disk of /data/box/boxes/1/state.json",
    ],
    ["EROFS", { path: "/data/box" }, "the disk is read-only: /data/box"],
    ["EACCES", { path: "/tmp/a", dest: "/data/box/b" }, "no permission to write to /data/box/b"],
    ["ENOSPC", {}, "no space left on the disk of /data/box"],
  ])("is explained if it concerns box's home directory: %s %j", (code, where, message) => {
    const explained = explainOwnFailure(currentHome(), failure(code, where));
    expect(explained).toBeInstanceOf(BoxError);
    expect(explained).toMatchObject({ message, hint: expect.stringContaining("BOX_HOME") as string });
  });

  it.each([
    ["EACCES", { path: "/data/boxes" }],
    ["ENOSPC", { path: join("/", "elsewhere") }],
    ["EROFS", {}],
    ["EIO", { path: "/data/box" }],
  ])("is left unchanged if it concerns something else: %s %j", (code, where) => {
    const error = failure(code, where);
    expect(explainOwnFailure(currentHome(), error)).toBe(error);
  });
});
