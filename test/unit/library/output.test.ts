import { expect, it } from "vitest";
import { openOutput, type Piece, type ProgramOutput } from "../../../src/library/output.js";

const KIB = Buffer.alloc(1024, "k");

/** Writes until the program is blocked. @returns how much was written, and the promise that unblocks it */
function fill(output: ProgramOutput, most = 10_000): { written: number; space: Promise<void> | undefined } {
  for (let written = 1; written <= most; written++) {
    const space = output.add("stdout", KIB);
    if (space) return { written, space };
  }
  return { written: most, space: undefined };
}

async function readAll(pieces: AsyncIterator<Piece, undefined>): Promise<number> {
  let bytes = 0;
  for (let piece = await pieces.next(); piece.done !== true; piece = await pieces.next())
    bytes += piece.value.data.length;
  return bytes;
}

it("blocks a program whose output nobody reads", () => {
  expect(fill(openOutput(0)).written).toBeLessThanOrEqual(256);
});

it("blocks a program that writes single bytes too, counting their overhead", () => {
  const output = openOutput(0);
  let written = 0;
  while (!output.add("stdout", Buffer.from("a"))) written++;
  expect(written).toBeLessThan(5000);
});

it("does not block a program whose result is awaited, and keeps the beginning of its output", async () => {
  const output = openOutput(1500);
  const { space } = fill(output);
  output.drain();
  await space;
  expect(fill(output).space).toBeUndefined();
  const { bytes, isTruncated } = output.beginningOf("stdout");
  expect([bytes().length, isTruncated(), output.beginningOf("stderr").isTruncated()]).toEqual([
    1500,
    true,
    false,
  ]);
});

it("blocks a program for a slow iteration, even if its result is awaited as well", async () => {
  const output = openOutput(0);
  output.drain();
  const pieces = output.iterate();
  const { written, space } = fill(output);
  expect(space).toBeInstanceOf(Promise);
  const reading = readAll(pieces);
  await space;
  output.end();
  expect(await reading).toBe(written * KIB.length);
});

it("unblocks a program when its iteration ends early", async () => {
  const output = openOutput(0);
  const pieces = output.iterate();
  const { space } = fill(output);
  await pieces.return?.();
  await space;
  expect(fill(output).space).toBeUndefined();
});

it("yields all output to a late iteration, or refuses it if the beginning has been discarded", async () => {
  const early = openOutput(0);
  early.drain();
  void early.add("stderr", KIB);
  early.end();
  expect(await readAll(early.iterate())).toBe(1024);
  const late = openOutput(0);
  late.drain();
  void fill(late).space;
  expect(() => late.iterate()).toThrow("has already been discarded");
  expect(() => {
    early.iterate();
  }).toThrow("already");
});

it("ends an iteration with the program's error", async () => {
  const output = openOutput(0);
  const pieces = output.iterate();
  void output.add("stdout", KIB);
  const reading = readAll(pieces);
  output.end({ error: new Error("gone") });
  await expect(reading).rejects.toThrow("gone");
});
