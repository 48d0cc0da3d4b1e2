import fc from "fast-check";
import { expect } from "vitest";
import { BoxError } from "../../../../src/errors.js";

/** Any string, one made of pieces of the notation, or one that contains an unusual character. */
export function strings(...pieces: string[]): fc.Arbitrary<string> {
  const piece = fc.constantFrom(...pieces, "\0", "\n", "１", "ı", "ſ", " ", "-1", "9".repeat(30), "..");
  return fc.oneof(
    fc.string(),
    fc.array(fc.integer({ min: 0, max: 0xffff })).map((codes) => String.fromCharCode(...codes)),
    fc.array(piece, { maxLength: 8 }).map((list) => list.join("")),
  );
}

/** Expects a parser to return a value that survives its notation, or to throw a BoxError of one line, for any text. */
export function expectStable<T>(
  text: fc.Arbitrary<string>,
  parse: (text: string) => T,
  format: (value: T) => string,
): void {
  fc.assert(
    fc.property(text, (input) => {
      let value: T;
      try {
        value = parse(input);
      } catch (error) {
        // No `expect` here: it would take milliseconds per run.
        if (error instanceof BoxError && !error.message.includes("\n") && error.message.length < 600) return;
        throw error;
      }
      expect(parse(format(value))).toEqual(value);
      expect(format(parse(format(value)))).toBe(format(value));
    }),
    { numRuns: 200 },
  );
}

/** Expects a parser to refuse a text and to quote it, without a subject, which only the caller knows. */
export function expectRefusal(parse: (text: string) => unknown, text: string): void {
  let thrown: unknown;
  try {
    parse(text);
  } catch (error) {
    thrown = error;
  }
  expect(thrown).toBeInstanceOf(BoxError);
  const { message, subject } = thrown as BoxError;
  expect(subject).toBeUndefined();
  expect(message).not.toMatch(/^-/);
  if (/^[ -~]{1,80}$/.test(text)) expect(message).toContain(text);
}
