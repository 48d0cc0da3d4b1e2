import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { workloads } from "../../workloads/list.js";

const ROOT = join(import.meta.dirname, "../../..");

/** The first two columns of the table. */
function documented(): string[][] {
  const [, table = ""] = readFileSync(join(ROOT, "docs/workloads.md"), "utf8").split(
    /<!-- workloads -->|<!-- end of workloads -->/,
  );
  const rows = table.split("\n").filter((line) => line.startsWith("| "));
  return rows.slice(2).map((line) => line.split(" | ").map((cell) => cell.replaceAll(/^\| | \|$/g, "")));
}

it("docs/workloads.md lists every workload with its title, and no others", () => {
  const listed = documented().map(([name, title]) => ({ name, title }));
  expect(listed).toEqual(workloads().map(({ name, title }) => ({ name, title })));
});

it("docs/workloads.md has memory and time of every workload", () => {
  for (const [name, , memory, time] of documented())
    expect(`${name}: ${memory}, ${time}`).toMatch(/^[\w-]+: \d+ of \d+ MB, \d+ s$/);
});

it("each workload names its packages and waits for events instead of sleeping", () => {
  for (const { name, packages, title, script } of workloads()) {
    expect(packages, name).not.toEqual([]);
    expect(title, name).toMatch(/^\S.* .*[^.]$/);
    // `sleep infinity` keeps a box running.
    expect(readFileSync(script, "utf8"), name).not.toMatch(/sleep (?!infinity)/);
  }
});
