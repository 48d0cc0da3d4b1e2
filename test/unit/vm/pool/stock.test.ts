import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { openStock, type PoolVm, type Stock, type StockOptions } from "../../../../src/vm/pool/stock.js";

const SCALING = {
  enabled: false,
  scaleUpThreshold: 0.3,
  scaleDownThreshold: 0.05,
  maxMinIdle: 0,
  cooldownSecs: 0,
  windowSecs: 120,
};

/** A VM whose life the test directs. */
interface Puppet extends PoolVm {
  becomeReady: () => void;
  fail: () => void;
  becomeClaimed: () => void;
  die: () => void;
}

let booted: Puppet[];
let stock: Stock;
let logged: string[];

function puppet(): Puppet {
  let becomeReady: (pid: number) => void = () => undefined;
  let fail: (error: Error) => void = () => undefined;
  let becomeClaimed: () => void = () => undefined;
  let die: () => void = () => undefined;
  const vm: Puppet = {
    id: `vm${booted.length}`,
    ready: new Promise((resolve, reject) => ([becomeReady, fail] = [resolve, reject])),
    claimed: new Promise((resolve) => (becomeClaimed = resolve)),
    ended: new Promise((resolve) => (die = resolve)),
    end: () => {
      fail(new Error("ended"));
      die();
    },
    becomeReady: () => becomeReady(1),
    fail: () => fail(new Error("no memory")),
    becomeClaimed: () => becomeClaimed(),
    die: () => die(),
  };
  booted.push(vm);
  return vm;
}

function open(pool: Partial<StockOptions["pool"]>, parallel = 10): void {
  const whole = { minIdle: 1, maxSize: 5, idleTtlSecs: 300, scaling: SCALING, ...pool };
  stock = openStock({ pool: whole, boot: puppet, parallel, log: (line) => logged.push(line) });
}

/** Lets promises that have settled take effect. */
const settle = () => vi.advanceTimersByTimeAsync(0);

async function becomeIdle(): Promise<void> {
  for (const each of booted) each.becomeReady();
  await settle();
}

const vm = (index: number) => booted[index] as Puppet;

beforeEach(() => {
  booted = [];
  logged = [];
  vi.useFakeTimers();
});
afterEach(() => vi.useRealTimers());

describe("a pool's stock", () => {
  it("boots the VMs that are to be idle, a few at a time", async () => {
    open({ minIdle: 3 }, 2);
    expect(stock.counts()).toMatchObject({ booting: 2, idle: 0 });
    vm(0).becomeReady();
    await settle();
    expect(stock.counts()).toMatchObject({ booting: 2, idle: 1 });
    vm(1).becomeReady();
    vm(2).becomeReady();
    await stock.filled;
    expect(stock.counts()).toMatchObject({ booting: 0, idle: 3 });
  });

  it("replaces the VMs that nobody has taken, without counting them as failed", async () => {
    open({ minIdle: 3 }, 3);
    vm(0).becomeReady();
    vm(1).becomeReady();
    await settle();
    expect(stock.take()).toBe("vm0");
    stock.renew();
    await settle();
    expect(booted.map(({ id }) => id)).toEqual(["vm0", "vm1", "vm2", "vm3", "vm4"]);
    expect(stock.counts()).toMatchObject({ idle: 0, booting: 2, taken: 1 });
    expect(logged).toEqual([]);
  });

  it("hands out each VM once, the oldest first", async () => {
    open({ minIdle: 2 });
    await becomeIdle();
    expect([stock.take(), stock.take(), stock.take()]).toEqual(["vm0", "vm1", undefined]);
    vm(0).becomeClaimed();
    await settle();
    expect(stock.counts()).toMatchObject({ taken: 1, claimed: 1, idle: 0 });
    vm(0).die();
    await settle();
    expect(stock.counts()).toMatchObject({ taken: 1, claimed: 0 });
  });

  it("replaces a VM when its box has ended, so that a short one has the processors to itself", async () => {
    open({ minIdle: 2 });
    await becomeIdle();
    stock.take();
    vm(0).becomeClaimed();
    await vi.advanceTimersByTimeAsync(200);
    expect(stock.counts()).toMatchObject({ claimed: 1, idle: 1, booting: 0 });
    vm(0).die();
    await settle();
    expect(stock.counts()).toMatchObject({ claimed: 0, idle: 1, booting: 1 });
    await vi.advanceTimersByTimeAsync(1_000);
    expect(stock.counts().booting).toBe(1);
  });

  it("replaces the VM of a longer box after half a second", async () => {
    open({ minIdle: 2 });
    await becomeIdle();
    stock.take();
    await vi.advanceTimersByTimeAsync(300);
    stock.take();
    await vi.advanceTimersByTimeAsync(199);
    expect(stock.counts().booting).toBe(0);
    await vi.advanceTimersByTimeAsync(1);
    expect(stock.counts().booting).toBe(1);
    await vi.advanceTimersByTimeAsync(300);
    expect(stock.counts().booting).toBe(2);
  });

  it("replaces all VMs at once when none is idle for a box, but not for a command that asks again", async () => {
    open({ minIdle: 3 });
    await becomeIdle();
    for (let boxes = 0; boxes < 3; boxes++) stock.take();
    await settle();
    stock.take(true);
    expect(stock.counts()).toMatchObject({ taken: 3, booting: 0 });
    expect(stock.take()).toBeUndefined();
    expect(stock.counts()).toMatchObject({ taken: 3, booting: 3 });
    await vi.advanceTimersByTimeAsync(1_000);
    expect(stock.counts().booting).toBe(3);
  });

  it("ends a VM that was taken, but not claimed, and boots another", async () => {
    open({});
    vm(0).becomeReady();
    await settle();
    stock.release(stock.take() ?? "");
    await settle();
    expect(stock.counts()).toMatchObject({ taken: 0, idle: 0, booting: 1 });
  });

  it("replaces an idle VM that ended by itself, after a pause, and says so", async () => {
    open({});
    vm(0).becomeReady();
    await settle();
    vm(0).die();
    await settle();
    expect([stock.counts().booting, stock.lastFailure()]).toEqual([0, "it ended while it was idle"]);
    expect(logged).toEqual(["a VM failed: it ended while it was idle"]);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(stock.counts().booting).toBe(1);
  });

  it("keeps a VM that is released after it has been claimed", async () => {
    open({});
    vm(0).becomeReady();
    await settle();
    const id = stock.take() ?? "";
    vm(0).becomeClaimed();
    await settle();
    stock.release(id);
    await settle();
    expect(stock.counts().claimed).toBe(1);
  });

  it("waits longer after each VM in a row that fails", async () => {
    open({});
    const failNext = async () => {
      const last = booted.at(-1) as Puppet;
      last.fail();
      await settle();
      last.die();
      await settle();
    };
    await failNext();
    await expect(stock.filled).rejects.toThrow("no memory");
    expect(stock.lastFailure()).toBe("no memory");
    await vi.advanceTimersByTimeAsync(900);
    expect(booted).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(100);
    expect(booted).toHaveLength(2);
    await failNext();
    await vi.advanceTimersByTimeAsync(1900);
    expect(booted).toHaveLength(2);
    await vi.advanceTimersByTimeAsync(100);
    expect(booted).toHaveLength(3);
  });

  it("grows with misses, and shrinks once it has not been used for a while", async () => {
    open({ minIdle: 1, scaling: { ...SCALING, enabled: true } });
    vm(0).becomeReady();
    await settle();
    const id = stock.take();
    for (let misses = 0; misses < 2; misses++) stock.take();
    expect(stock.counts().minIdle).toBe(2);
    vm(0).becomeClaimed();
    await settle();
    expect(id).toBe("vm0");
    for (const each of booted.slice(1)) each.becomeReady();
    await settle();
    expect(stock.counts().idle).toBe(2);
    await vi.advanceTimersByTimeAsync(299_000);
    expect(stock.counts().idle).toBe(2);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(stock.counts()).toMatchObject({ idle: 1, booting: 0, minIdle: 1 });
    expect(logged).toEqual([]);
  });

  it("never has more than maxSize VMs idle or booting", () => {
    open({ minIdle: 9, maxSize: 4 });
    expect(stock.counts().booting).toBe(4);
  });

  it("ends all VMs but the claimed ones when it is closed", async () => {
    open({ minIdle: 3 });
    vm(0).becomeReady();
    vm(1).becomeReady();
    await settle();
    stock.take();
    vm(0).becomeClaimed();
    await settle();
    await stock.close();
    await settle();
    expect(stock.counts()).toMatchObject({ idle: 0, booting: 0 });
  });
});
