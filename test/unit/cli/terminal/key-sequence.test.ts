import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { watchForKeys } from "../../../../src/cli/terminal/key-sequence.js";

/** Feeds chunks of typed text; returns what was passed on and whether the sequence was found. */
function type(sequence: string, pieces: string[]): { passed: string; complete: boolean } {
  const watch = watchForKeys(Buffer.from(sequence));
  let passed = "";
  for (const piece of pieces) {
    const { pass, complete } = watch(Buffer.from(piece));
    passed += pass.toString();
    if (complete) return { passed, complete };
  }
  return { passed, complete: false };
}

describe("watchForKeys", () => {
  it.each([
    ["pq", ["hello"], "hello", false],
    ["pq", ["p"], "", false],
    ["pq", ["p", "x"], "px", false],
    ["pq", ["ap", "q", "rest"], "a", true],
    ["pq", ["ppq"], "p", true],
    ["aab", ["a", "a", "a", "b"], "a", true],
    ["x", ["1x2"], "1", true],
  ])("looking for %j in %j passes on %j", (sequence, pieces, passed, complete) => {
    expect(type(sequence, pieces)).toEqual({ passed, complete });
  });

  it("finds the first occurrence of the sequence in any chunks, and passes on everything before it", () => {
    const text = fc.string({ unit: fc.constantFrom("a", "b", "c"), maxLength: 30 });
    const sequence = fc.string({ unit: fc.constantFrom("a", "b"), minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(sequence, fc.array(text), (keys, pieces) => {
        const all = pieces.join("");
        const at = all.indexOf(keys);
        const { passed, complete } = type(keys, pieces);
        expect(complete).toBe(at >= 0);
        // The longest suffix that may be the beginning of the sequence is held back.
        let held = complete ? 0 : Math.min(keys.length - 1, all.length);
        while (!all.endsWith(keys.slice(0, held))) held--;
        expect(passed).toBe(complete ? all.slice(0, at) : all.slice(0, all.length - held));
      }),
    );
  });
});
