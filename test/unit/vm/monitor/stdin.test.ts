import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { shareStdin } from "../../../../src/vm/monitor/stdin.js";

const WINDOW = 262_144;

describe("shareStdin", () => {
  it("keeps order and respects the window with several feeders, and returns to each the space of its own bytes", () => {
    const step = fc.oneof(
      fc.record({ from: fc.constantFrom("a", "b"), bytes: fc.integer({ min: 1, max: 200_000 }) }),
      fc.record({ granted: fc.integer({ min: 1, max: WINDOW }) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const sent = { a: 0, b: 0 };
        const back = { a: 0, b: 0 };
        let [given, passed, inFlight] = ["", "", 0];
        const stdin = shareStdin<"a" | "b">(
          (data) => {
            passed += data.toString();
            inFlight += data.length;
            expect(inFlight).toBeLessThanOrEqual(WINDOW);
          },
          (to, bytes) => (back[to] += bytes),
        );
        const grant = (most: number) => {
          const bytes = Math.min(most, inFlight);
          inFlight -= bytes;
          stdin.granted(bytes);
        };
        for (const one of steps) {
          if ("granted" in one) {
            grant(one.granted);
          } else {
            const from = one.from;
            const text = from.repeat(one.bytes);
            given += text;
            sent[from] += one.bytes;
            stdin.take(from, Buffer.from(text));
          }
        }
        while (inFlight > 0) grant(WINDOW);
        expect(passed === given).toBe(true);
        expect(back).toEqual(sent);
      }),
      { numRuns: 50 },
    );
  });

  it("passes the end of input on only after all data before it", () => {
    const passed: number[] = [];
    const stdin = shareStdin<string>(
      (data) => passed.push(data.length),
      () => undefined,
    );
    stdin.take("a", Buffer.alloc(WINDOW));
    stdin.take("a", Buffer.alloc(1));
    stdin.take("a", Buffer.alloc(0));
    expect(passed).toEqual([WINDOW]);
    stdin.granted(WINDOW);
    expect(passed).toEqual([WINDOW, 1, 0]);
  });
});
