import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";

const DIST = join(import.meta.dirname, "../../dist");

/** What a file of the bundle exports. */
function exportsOf(file: string): Set<string> {
  const text = readFileSync(join(DIST, file), "utf8");
  const lists = [...text.matchAll(/export\{([^}]*)\}/g)].map(([, list = ""]) => list);
  return new Set(lists.flatMap((list) => list.split(",").map((part) => part.split(" as ").at(-1) ?? "")));
}

it.each(["common.js", "ask.js"])("every name that the bundle takes of %s is there", (group) => {
  const there = exportsOf(group);
  expect(there.size).toBeGreaterThan(10);
  const from = new RegExp(`import\\{([^}]*)\\}from"\\./${group.replace(".", "\\.")}"`, "g");
  const taken = readdirSync(DIST)
    .filter((file) => file.endsWith(".js"))
    .flatMap((file) => [...readFileSync(join(DIST, file), "utf8").matchAll(from)])
    .flatMap(([, list = ""]) => list.split(",").map((part) => part.split(" as ")[0] ?? ""));
  expect(taken.length).toBeGreaterThan(5);
  expect(taken.filter((name) => !there.has(name))).toEqual([]);
});
