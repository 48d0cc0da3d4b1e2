import { expect, it } from "vitest";
import { openOutput, type Piece, type ProgramOutput } from "../../../src/library/output.js";

const KIB = Buffer.alloc(1024, "k");

/** Writes until the program is held back. @returns how much was written, and what lets it go on */
function fill(output: ProgramOutput, most = 10_000): { written: number; room: Promise<void> | undefined } {
  for (let written = 1; written <= most; written++) {
    const room = output.take("stdout", KIB);
    if (room) return { written, room };
  }
  return { written: most, room: undefined };
}

async function readAll(pieces: AsyncIterator<Piece, undefined>): Promise<number> {
  let bytes = 0;
  for (let piece = await pieces.next(); piece.done !== true; piece = await pieces.next())
    bytes += piece.value.data.length;
  return bytes;
}

it("holds a program back that nobody asks about", () => {
  expect(fill(openOutput(0)).written).toBeLessThanOrEqual(256);
});

it("holds a program back that writes single bytes as well, by what they take", () => {
  const output = openOutput(0);
  let written = 0;
  while (!output.take("stdout", Buffer.from("a"))) written++;
  expect(written).toBeLessThan(5000);
});

it("lets a program go on for whoever awaits its end, and keeps the beginning", async () => {
  const output = openOutput(1500);
  const { room } = fill(output);
  output.drain();
  await room;
  expect(fill(output).room).toBeUndefined();
  const { bytes, isTruncated } = output.beginningOf("stdout");
  expect([bytes().length, isTruncated(), output.beginningOf("stderr").isTruncated()]).toEqual([
    1500,
    true,
    false,
  ]);
});

it("holds a program back for one who iterates slowly, also beside one who awaits the end", async () => {
  const output = openOutput(0);
  output.drain();
  const pieces = output.iterate();
  const { written, room } = fill(output);
  expect(room).toBeInstanceOf(Promise);
  const reading = readAll(pieces);
  await room;
  output.end();
  expect(await reading).toBe(written * KIB.length);
});

it("lets a program go on when whoever iterated has had enough", async () => {
  const output = openOutput(0);
  const pieces = output.iterate();
  const { room } = fill(output);
  await pieces.return?.();
  await room;
  expect(fill(output).room).toBeUndefined();
});

it("gives one who iterates late all of it, or nothing when the beginning has gone by", async () => {
  const early = openOutput(0);
  early.drain();
  void early.take("stderr", KIB);
  early.end();
  expect(await readAll(early.iterate())).toBe(1024);
  const late = openOutput(0);
  late.drain();
  void fill(late).room;
  expect(() => late.iterate()).toThrow("has gone by");
  expect(() => {
    early.iterate();
  }).toThrow("already");
});

it("ends an iteration with what the program ended with", async () => {
  const output = openOutput(0);
  const pieces = output.iterate();
  void output.take("stdout", KIB);
  const reading = readAll(pieces);
  output.end({ error: new Error("gone") });
  await expect(reading).rejects.toThrow("gone");
});
