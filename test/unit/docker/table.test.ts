import { describe, expect, it } from "vitest";
import { formatTable } from "../../../src/docker/table.js";

it("aligns columns as Docker does", () => {
  expect(
    formatTable(
      ["ID", "COMMAND", "NAMES"],
      [
        ["1", "sleep", "a"],
        ["22", "sh -c x", "longer"],
      ],
    ),
  ).toEqual(["ID        COMMAND   NAMES", "1         sleep     a", "22        sh -c x   longer"]);
});

it.each([0, 1, 2])("a cell of several megabytes widens its own row only: column %i", (column) => {
  const row = ["1", "two", "c".repeat(200)];
  const long = row.with(column, "x".repeat(3_000_000));
  const lines = formatTable(["ID", "COMMAND", "NAMES"], [row, long, row]);
  expect(lines.map((line) => line.length < 300)).toEqual([true, true, false, true]);
  expect(lines[1]).toBe(formatTable(["ID", "COMMAND", "NAMES"], [row])[1]);
  for (const cell of long) expect(lines[2]).toContain(cell);
});

it("keeps names, references and digests of usual lengths in their columns", () => {
  const digest = `${"r".repeat(180)}@sha256:${"0".repeat(64)}`;
  const [header = ""] = formatTable(["IMAGE", "NAMES"], [[digest, "a"]]);
  expect(header.indexOf("NAMES")).toBe(digest.length + 3);
});

it("formats more rows than a call can have arguments", () => {
  expect(formatTable(["A"], Array<string[]>(200_000).fill(["b"]))).toHaveLength(200_001);
});

describe("on a terminal", () => {
  const PS = ["CONTAINER ID", "IMAGE", "COMMAND", "CREATED", "STATUS", "PORTS", "NAMES"];
  const STATS = [
    "CONTAINER ID",
    "NAME",
    "CPU %",
    "MEM USAGE / LIMIT",
    "MEM %",
    "NET I/O",
    "BLOCK I/O",
    "PIDS",
  ];
  const boxes = [
    [
      ...["0123456789ab", "registry.example/team/service:2026-01-31", '"docker-entrypoint.…"'],
      ...["About a minute ago", "Up About a minute (healthy)"],
      ...["0.0.0.0:8080->80/tcp, 127.0.0.1:8443->443/tcp", "quiet_otter_4f2a"],
    ],
    ["ba9876543210", "alpine", '"sh"', "2 hours ago", "Exited (0) 2 hours ago", "", "web"],
  ];
  const usage = [
    [
      "0123456789ab",
      "quiet_otter_4f2a",
      "100.00%",
      "1023.9MiB / 1GiB",
      "99.99%",
      "123MB / 456MB",
      "999kB / 1.23GB",
      "12",
    ],
  ];
  /** The text of each column, its lines joined. */
  function columnsOf(lines: string[], header: string[]): string[] {
    // Narrow columns break words after six characters.
    const starts = header.map(
      (heading) => lines[0]?.indexOf((heading.split(" ")[0] ?? "").slice(0, 6)) ?? -1,
    );
    return starts.map((start, i) => lines.map((line) => line.slice(start, starts[i + 1]).trim()).join(""));
  }

  it.each([60, 80, 100, 120, 160])(
    "of %i columns, ps shows all names, IDs and ports, with no longer line",
    (width) => {
      const lines = formatTable(PS, boxes, width);
      for (const line of lines) expect(line.length).toBeLessThanOrEqual(width);
      const [ids, , , , , ports, names] = columnsOf(lines, PS);
      expect(ids).toContain("0123456789abba9876543210");
      expect(ports?.replaceAll(" ", "")).toContain("0.0.0.0:8080->80/tcp,127.0.0.1:8443->443/tcp");
      expect(names).toContain("quiet_otter_4f2aweb");
    },
  );

  it.each([60, 80, 100, 120])("of %i columns, stats shows all figures", (width) => {
    const lines = formatTable(STATS, usage, width);
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(width);
    const shown = lines.join("").replace(/\s/g, "");
    for (const cell of ["100.00%", "12"]) expect(shown).toContain(cell);
    expect(columnsOf(lines, STATS)[1]).toContain("quiet_otter_4f2a");
  });

  it("truncates images and commands before anything else changes", () => {
    const whole = formatTable(PS, boxes);
    const [first = ""] = whole;
    const width = Math.max(...whole.map(({ length }) => length)) - 10;
    const lines = formatTable(PS, boxes, width);
    expect(lines).toHaveLength(whole.length);
    expect(lines[0]?.length).toBe(first.length - 10);
    expect(lines[1]).toContain("…");
  });

  it("does not change a table that fits", () => {
    expect(formatTable(PS, boxes, 300)).toEqual(formatTable(PS, boxes));
  });

  it("wraps names that are longer than their column", () => {
    const name = "n".repeat(100);
    const lines = formatTable(["DRIVER", "VOLUME NAME"], [["local", name]], 40);
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(40);
    expect(lines.slice(1).join("").replace(/[^n]/g, "")).toBe(name);
  });

  it("truncates a command of several megabytes", () => {
    const lines = formatTable(PS, [(boxes[1] ?? []).with(2, "x".repeat(3_000_000))], 100);
    expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(100);
  });
});
