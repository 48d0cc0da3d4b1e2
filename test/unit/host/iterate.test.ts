import { getEventListeners } from "node:events";
import { setTimeout } from "node:timers/promises";
import { describe, expect, it, vi } from "vitest";
import { iterate, resultsUntil, type Emit } from "../../../src/host/iterate.js";

async function count(take: Emit<number>, to: number): Promise<void> {
  for (let i = 1; i <= to; i++) {
    const pause = take(i);
    if (pause) await pause;
  }
}

it("results are returned in order, including undefined and those before a failure", async () => {
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

it("work waits for its consumer, and starts when the first result is requested", async () => {
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

it.each(["leaving it", "a signal"])("work is aborted and cleaned up after %s", async (how) => {
  const controller = new AbortController();
  let cleaned = false;
  const work = iterate<number>(async (take, signal) => {
    try {
      await count(take, Infinity);
    } finally {
      await setTimeout();
      cleaned = signal.aborted;
    }
  }, controller.signal);
  const all = (async () => {
    for await (const value of work) {
      if (value < 3) continue;
      if (how === "leaving it") break;
      controller.abort(new Error("enough"));
    }
  })();
  if (how === "leaving it") await all;
  else await expect(all).rejects.toThrow("enough");
  expect(cleaned).toBe(true);
});

it("a failure to clean up is reported when the iteration is left", async () => {
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

it("an iteration aborted before it starts does nothing", async () => {
  let begun = false;
  const work = iterate<number>(() => Promise.resolve((begun = true)), AbortSignal.abort(new Error("enough")));
  await expect(work.next()).rejects.toThrow("enough");
  expect(begun).toBe(false);
});

describe("results that a signal ends", () => {
  /** Numbers, and whether their producer has cleaned up. */
  function numbers() {
    const made = { begun: false, cleaned: false };
    async function* make() {
      made.begun = true;
      try {
        for (let i = 1; ; i++) yield await Promise.resolve(i);
      } finally {
        await setTimeout();
        made.cleaned = true;
      }
    }
    return { made, results: make() };
  }

  it("reject with its reason after cleaning up", async () => {
    const controller = new AbortController();
    const { made, results } = numbers();
    const iterator = resultsUntil(controller.signal, results)[Symbol.asyncIterator]();
    expect(await iterator.next()).toEqual({ done: false, value: 1 });
    controller.abort(new Error("enough"));
    await expect(iterator.next()).rejects.toThrow("enough");
    expect(made.cleaned).toBe(true);
    await expect(iterator.next()).rejects.toThrow("enough");
  });

  it("are cleaned up even if no further result is requested", async () => {
    const controller = new AbortController();
    const { made, results } = numbers();
    const iterator = resultsUntil(controller.signal, results)[Symbol.asyncIterator]();
    await iterator.next();
    controller.abort();
    await vi.waitFor(() => expect(made.cleaned).toBe(true));
  });

  it("do not start if it is already aborted", async () => {
    const { made, results } = numbers();
    const iterator = resultsUntil(AbortSignal.abort(new Error("enough")), results)[Symbol.asyncIterator]();
    await expect(iterator.next()).rejects.toThrow("enough");
    expect(made.begun).toBe(false);
  });

  it("leave no listener on it after they end or are left", async () => {
    const { signal } = new AbortController();
    async function* two() {
      yield await Promise.resolve(1);
      yield 2;
    }
    for await (const value of resultsUntil(signal, two())) expect(value).toBeGreaterThan(0);
    for await (const value of resultsUntil(signal, two())) if (value === 1) break;
    expect(getEventListeners(signal, "abort")).toEqual([]);
  });
});
