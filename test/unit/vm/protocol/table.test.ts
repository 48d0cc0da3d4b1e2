import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ConfigureTag, FRAMES, HelloTag, StartTag } from "../../../../src/vm/protocol/guest/table.js";

const ROOT = join(import.meta.dirname, "..", "..", "..", "..");
const DOCUMENT = readFileSync(join(ROOT, "docs/protocol.md"), "utf8");

/** The cells of the table under a heading of docs/protocol.md. */
function rows(heading: string): string[][] {
  const section = DOCUMENT.split(/^## /m).find((text) => text.startsWith(`${heading}\n`)) ?? "";
  const lines = section.split("\n").filter((line) => line.startsWith("| "));
  return lines.slice(2).map((line) => line.split(" | ").map((cell) => cell.replace(/^\| /, "")));
}

describe("the protocol table", () => {
  it("matches the C header that npm run protocol generates", () => {
    execFileSync(process.execPath, [join(ROOT, "scripts/protocol.js"), "--check"], { stdio: "pipe" });
  });

  it("has the frames that docs/protocol.md documents", () => {
    const documented = rows("Types").map(([type, name, from, channel]) => ({ type, name, from, channel }));
    const listed = Object.entries(FRAMES).map(([name, frame]) => ({
      ...frame,
      name,
      type: `0x${frame.type.toString(16).padStart(2, "0")}`,
    }));
    expect(listed).toEqual(documented);
  });

  it.each([
    ["HELLO", HelloTag],
    ["CONFIGURE", ConfigureTag],
    ["START", StartTag],
  ])("has the records of %s that docs/protocol.md documents", (message, tags) => {
    const documented = rows(`Records of ${message}`).map(([tag, name]) => [name, Number(tag)]);
    expect(Object.entries(tags)).toEqual(documented);
  });

  it("uses no number twice", () => {
    for (const numbers of [
      Object.values(FRAMES).map(({ type }) => type),
      ...[ConfigureTag, StartTag].map(Object.values),
    ])
      expect(new Set(numbers).size).toBe(numbers.length);
  });
});
