import { setTimeout } from "node:timers/promises";
import { expect, it } from "vitest";
import { iterate, type Take } from "../../../src/host/iterate.js";

async function count(take: Take<number>, to: number): Promise<void> {
  for (let i = 1; i <= to; i++) {
    const pause = take(i);
    if (pause) await pause;
  }
}

it("results are taken in order, undefined ones and those before a failure too", async () => {
  const taken: (number | undefined)[] = [];
  const work = iterate<number | undefined>(async (take) => {
    await count(take, 200);
    void take(undefined);
    throw new Error("no more");
  });
  const all = (async () => {
    for await (const value of work) taken.push(value);
  })();
  await expect(all).rejects.toThrow("no more");
  expect(taken).toEqual([...Array.from({ length: 200 }, (_, i) => i + 1), undefined]);
});

it("work waits for whoever takes its results, and begins with the first", async () => {
  let done = 0;
  const work = iterate<number>((take) =>
    count((value) => {
      done = value;
      return take(value);
    }, 10_000),
  );
  await setTimeout();
  expect(done).toBe(0);
  await work.next();
  await setTimeout();
  expect(done).toBeGreaterThan(0);
  expect(done).toBeLessThan(200);
  await work.return?.();
});

it.each(["leaving it", "a signal"])("work is given up and cleaned up after by %s", async (how) => {
  const controller = new AbortController();
  let cleaned = false;
  const work = iterate<number>(async (take, signal) => {
    try {
      await count(take, Infinity);
    } finally {
      cleaned = signal.aborted;
    }
  }, controller.signal);
  for await (const value of work) {
    if (value < 3) continue;
    if (how === "leaving it") break;
    controller.abort();
  }
  expect(cleaned).toBe(true);
});

it("a failure to clean up is told when the iteration is left", async () => {
  const work = iterate<number>(async (take) => {
    try {
      await count(take, Infinity);
    } finally {
      throw new Error("it stays dirty");
    }
  });
  await work.next();
  await expect(work.return?.()).rejects.toThrow("it stays dirty");
});

it("what is aborted before it begins does nothing", async () => {
  let begun = false;
  const work = iterate<number>(() => Promise.resolve((begun = true)), AbortSignal.abort());
  expect(await work.next()).toEqual({ done: true, value: undefined });
  expect(begun).toBe(false);
});
