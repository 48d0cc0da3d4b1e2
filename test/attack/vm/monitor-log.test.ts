import { stat, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { box, home } from "../../e2e/box.js";
import { BUSYBOX } from "../../e2e/images.js";

const boxes: string[] = [];
afterAll(() => box(["rm", "-f", ...boxes]));

it("a start truncates the monitor's log of earlier runs to its newest lines", async () => {
  const { stdout } = await box(["create", BUSYBOX, "true"]);
  const id = stdout.trim();
  boxes.push(id);
  const log = join(home(), "boxes", id, "monitor.log");
  await writeFile(log, `${"x".repeat(99)}\n`.repeat(100_000));
  expect((await box(["start", "-a", id])).code).toBe(0);
  expect((await stat(log)).size).toBeLessThan(3 * 2 ** 20);
  const lines = (await readFile(log, "utf8")).trimEnd().split("\n");
  expect(lines[0]).toBe("x".repeat(99));
  expect(lines.at(-1)).toMatch(/ info /);
});
