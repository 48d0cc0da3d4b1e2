import { chmodSync, mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { warnAboutExposure } from "../../../src/host/home-privacy.js";
import { isNews } from "../../../src/host/shown-warnings.js";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "box-shown-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

it("a warning is new only once per topic and state", () => {
  const home = { folder, env: {} };
  const asked = (["a", "a", "b", "b"] as const).map((state) => isNews(home, "jail", state));
  expect(asked).toEqual([true, false, true, false]);
  expect(isNews(home, "privacy", "b")).toBe(true);
  expect(readdirSync(folder).sort()).toEqual(["shown-jail", "shown-privacy"]);
  expect(statSync(join(folder, "shown-jail")).mode & 0o777).toBe(0o600);
});

it("a warning that cannot be remembered is shown again", () => {
  const home = { folder: join(folder, "missing"), env: {} };
  expect([isNews(home, "jail", "a"), isNews(home, "jail", "a")]).toEqual([true, true]);
});

it("an accessible home is reported once, with the command that protects it", async () => {
  const seen: string[] = [];
  const warn = () => warnAboutExposure({ folder, env: {} }, (line) => seen.push(line));
  await warn();
  expect(seen).toEqual([]);
  chmodSync(folder, 0o755);
  await warn();
  await warn();
  expect(seen).toEqual([
    `${folder} can be read by other users, and may contain secrets of boxes: run \`chmod 700 ${folder}\``,
  ]);
});
