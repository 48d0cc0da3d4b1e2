import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { mostIdle, newScaler, scale, type Demand } from "../../../../src/vm/pool/scaler.js";

const SCALING = {
  enabled: true,
  scaleUpThreshold: 0.3,
  scaleDownThreshold: 0.05,
  maxMinIdle: 0,
  cooldownSecs: 60,
  windowSecs: 120,
};
const POOL = { minIdle: 1, maxSize: 5, scaling: SCALING };

/** The numbers of idle VMs after each request; `atMs` of each is relative to the one before. */
function follow(pool: typeof POOL, demand: readonly Demand[]): number[] {
  let scaler = newScaler(pool);
  return demand.map((each) => {
    scaler = scale(pool, scaler, each);
    return scaler.minIdle;
  });
}

const misses = (...seconds: number[]) => seconds.map((second) => ({ atMs: second * 1000, hit: false }));
const hits = (...seconds: number[]) => seconds.map((second) => ({ atMs: second * 1000, hit: true }));

describe("the scaler", () => {
  it("keeps one more VM idle if too many requests miss, and waits before the next change", () => {
    expect(follow(POOL, misses(0, 1, 2, 3, 61, 62, 63))).toEqual([1, 1, 2, 2, 2, 3, 3]);
  });

  it("keeps one fewer if hardly any request misses, but never fewer than configured", () => {
    const demand = [...misses(0, 1, 2), ...hits(200, 201, 202, 203, 300)];
    expect(follow(POOL, demand)).toEqual([1, 1, 2, 2, 2, 1, 1, 1]);
    expect(follow({ ...POOL, minIdle: 0 }, hits(0, 1, 2, 3))).toEqual([0, 0, 0, 0]);
  });

  it("does not decide upon fewer than three requests in the window", () => {
    expect(follow(POOL, misses(0, 100, 200, 300, 400))).toEqual([1, 1, 1, 1, 1]);
  });

  it("does nothing unless it is enabled", () => {
    const pool = { ...POOL, scaling: { ...SCALING, enabled: false } };
    expect(follow(pool, misses(0, 1, 2, 100))).toEqual([1, 1, 1, 1]);
  });

  const pools = fc.record({
    minIdle: fc.nat(5),
    maxSize: fc.integer({ min: 5, max: 9 }),
    scaling: fc.record({
      enabled: fc.boolean(),
      scaleUpThreshold: fc.double({ min: 0, max: 1, noNaN: true }),
      scaleDownThreshold: fc.double({ min: 0, max: 1, noNaN: true }),
      maxMinIdle: fc.nat(9),
      cooldownSecs: fc.nat(100),
      windowSecs: fc.integer({ min: 1, max: 300 }),
    }),
  });
  const demands = fc
    .array(fc.record({ atMs: fc.nat(60_000), hit: fc.boolean() }), { maxLength: 60 })
    .map((list) => {
      let now = 0;
      return list.map(({ atMs, hit }) => ({ atMs: (now += atMs), hit }));
    });

  it("stays within its limits, changes by one, and rests after each change, for any demand", () => {
    fc.assert(
      fc.property(pools, demands, (pool, demand) => {
        const numbers = follow(pool, demand);
        let [before, changedAt] = [pool.minIdle, -Infinity];
        numbers.forEach((number, at) => {
          const { atMs } = demand[at] as Demand;
          const isLegal =
            number >= pool.minIdle && number <= mostIdle(pool) && Math.abs(number - before) <= 1;
          if (!isLegal) throw new Error(`${number} after ${before}`);
          if (number !== before) {
            if (atMs - changedAt < pool.scaling.cooldownSecs * 1000) throw new Error("no rest");
            changedAt = atMs;
          }
          before = number;
        });
        if (!pool.scaling.enabled) expect(new Set(numbers).size).toBeLessThanOrEqual(1);
      }),
    );
  });

  it("remembers no request that has left the window", () => {
    fc.assert(
      fc.property(pools, demands, (pool, demand) => {
        let scaler = newScaler(pool);
        for (const each of demand) {
          scaler = scale(pool, scaler, each);
          const oldest = scaler.window[0]?.atMs ?? Infinity;
          if (oldest <= each.atMs - pool.scaling.windowSecs * 1000) throw new Error("an old request");
        }
      }),
    );
  });
});
