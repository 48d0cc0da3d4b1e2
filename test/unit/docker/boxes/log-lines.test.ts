import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { stampLines } from "../../../../src/docker/boxes/log-lines.js";
import { countLines, skipLines } from "../../../../src/engine/boxes/log-lines.js";
import type { LogEntry } from "../../../../src/vm/box/log-format.js";

const entry = (data: string, stream: LogEntry["stream"] = "stdout", time = "T"): LogEntry => ({
  time,
  stream,
  data: Buffer.from(data),
});

/** A text in chunks, as a workload may write it. */
const pieces = fc.array(fc.stringMatching(/^[ab\n]{0,5}$/), { maxLength: 12 });

describe("the last lines of a log", () => {
  it("are those of tail, however the text is split into chunks", () => {
    fc.assert(
      fc.property(pieces, fc.nat(6), (texts, wanted) => {
        const entries = texts.map((text) => entry(text));
        const lines = countLines();
        entries.forEach(lines.add);
        const skip = skipLines(lines.total() - wanted);
        const shown = entries.map((one) => skip(one).toString()).join("");
        const all = texts
          .join("")
          .split(/(?<=\n)/)
          .filter(Boolean);
        expect(shown).toBe(wanted === 0 ? "" : all.slice(-wanted).join(""));
      }),
    );
  });

  it("include an unfinished line of each stream", () => {
    const lines = countLines();
    [entry("a\nb"), entry("c", "stderr"), entry("d")].forEach(lines.add);
    expect(lines.total()).toBe(3);
  });
});

describe("timestamps", () => {
  it("prefix every line once", () => {
    const stamp = stampLines();
    const written = [
      entry("a\nb", "stdout", "1"),
      entry("x\n", "stderr", "2"),
      entry("c\n\nd\n", "stdout", "3"),
    ];
    expect(written.map((one) => stamp(one).toString())).toEqual(["1 a\n1 b", "2 x\n", "c\n3 \n3 d\n"]);
    expect(stampLines()(entry("a", "stdout", "2026-01-31T12:00:00.123Z")).toString()).toBe(
      "2026-01-31T12:00:00.123000000Z a",
    );
  });

  it("are followed by the details, which are empty", () => {
    expect(stampLines({ details: true })(entry("a\nb\n", "stdout", "1")).toString()).toBe("1  a\n1  b\n");
    expect(stampLines({ time: false, details: true })(entry("a\n")).toString()).toBe(" a\n");
  });
});
