import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";

const SOURCE = join(import.meta.dirname, "../../../src");
/** Code that works on boxes with a parsed configuration. */
const FOLDERS = ["docker", "engine", "events", "net", "oci", "vm"];

/** Parsers of values that are not part of a box's configuration, such as names of images. */
const OTHERS = new Set(["parseReference", "parseNewName", "parseFileReference", "parsePlatform"]);
const ALLOWED = new Set([
  "docker/boxes/port-filters.ts: parseExposed",
  "docker/filters.ts: parseDuration",
  "engine/pools/start.ts: parsePoolName",
  "net/publish.ts: parsePort",
  "oci/make/run-config.ts: parseSignal",
  "vm/box/resolve.ts: parseSignal",
  "vm/limits/cpus.ts: parseCpuset",
]);

it("parses notations of a box in src/config only", async () => {
  const found: string[] = [];
  for (const folder of FOLDERS) {
    for (const name of await readdir(join(SOURCE, folder), { recursive: true })) {
      if (!name.endsWith(".ts")) continue;
      const text = await readFile(join(SOURCE, folder, name), "utf8");
      const imports = text.matchAll(
        /\{([^{}]*)\}\s*=?\s*(?:from|await import\()\s*"[^"]*config\/syntax\/[^"]*"/g,
      );
      const parsers = [...imports].flatMap(
        ([, names = ""]) => names.match(/\b(?:parse|check)[A-Z]\w*/g) ?? [],
      );
      found.push(...parsers.filter((each) => !OTHERS.has(each)).map((each) => `${folder}/${name}: ${each}`));
    }
  }
  expect(found.filter((each) => !ALLOWED.has(each))).toEqual([]);
  // An entry without a use would hide a parser that is added later.
  expect([...ALLOWED].filter((each) => !found.includes(each))).toEqual([]);
});
