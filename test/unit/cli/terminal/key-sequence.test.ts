import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { watchForKeys } from "../../../../src/cli/terminal/key-sequence.js";

/** What comes out of pieces of typed text, and whether the sequence was in them. */
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
  ])("of %j in %j lets %j through", (sequence, pieces, passed, complete) => {
    expect(type(sequence, pieces)).toEqual({ passed, complete });
  });

  it("finds the sequence where it first is, however the keys come, and loses none before it", () => {
    const text = fc.string({ unit: fc.constantFrom("a", "b", "c"), maxLength: 30 });
    const sequence = fc.string({ unit: fc.constantFrom("a", "b"), minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(sequence, fc.array(text), (keys, pieces) => {
        const all = pieces.join("");
        const at = all.indexOf(keys);
        const { passed, complete } = type(keys, pieces);
        expect(complete).toBe(at >= 0);
        // What is held back is the longest end that may be a beginning.
        let held = complete ? 0 : Math.min(keys.length - 1, all.length);
        while (!all.endsWith(keys.slice(0, held))) held--;
        expect(passed).toBe(complete ? all.slice(0, at) : all.slice(0, all.length - held));
      }),
    );
  });
});
