import { expect, it } from "vitest";
import { formatTable } from "../../../src/docker/table.js";

it("columns line up, and no line ends with blanks", () => {
  expect(
    formatTable(
      ["ID", "COMMAND", "NAMES"],
      [
        ["1", "sleep", "a"],
        ["22", "sh -c x", "longer"],
      ],
    ),
  ).toEqual(["ID   COMMAND   NAMES", "1    sleep     a", "22   sh -c x   longer"]);
});

it.each([0, 1, 2])("a cell of megabytes makes its own line long, and no other: column %i", (column) => {
  const row = ["1", "two", "c".repeat(200)];
  const long = row.with(column, "x".repeat(3_000_000));
  const lines = formatTable(["ID", "COMMAND", "NAMES"], [row, long, row]);
  expect(lines.map((line) => line.length < 300)).toEqual([true, true, false, true]);
  expect(lines[1]).toBe(formatTable(["ID", "COMMAND", "NAMES"], [row])[1]);
  for (const cell of long) expect(lines[2]).toContain(cell);
});

it("names, references and digests of any usual length stay in their columns", () => {
  const digest = `${"r".repeat(180)}@sha256:${"0".repeat(64)}`;
  const [header = ""] = formatTable(["IMAGE", "NAMES"], [[digest, "a"]]);
  expect(header.indexOf("NAMES")).toBe(digest.length + 3);
});

it("a table may have more rows than a call has arguments", () => {
  expect(formatTable(["A"], Array<string[]>(200_000).fill(["b"]))).toHaveLength(200_001);
});
