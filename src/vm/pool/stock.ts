import type { BoxConfig } from "../../config/box-config.js";
import { messageOf } from "../../errors.js";
import { timerMs } from "../../host/timer.js";
import { keepFigures } from "./figures.js";
import { newScaler, scale } from "./scaler.js";

/** A VM that is booted for a pool. */
export interface PoolVm {
  id: string;
  /** Resolves when it is ready for a box, with the process of its monitor. Rejects if it fails. */
  ready: Promise<number>;
  /** Resolves when a command has claimed it. */
  claimed: Promise<void>;
  /** Resolves when nothing is left of it, or of the box that it has become. */
  ended: Promise<void>;
  /** Ends it; if it has been claimed, only ceases to follow it. */
  end: () => void;
}

/** `taken`: it has been given to a command, which has not claimed it yet; `ending`: it is not needed any more. */
type State = "booting" | "idle" | "taken" | "claimed" | "ending";

/** The VMs of a pool. */
export interface Stock {
  /** Takes an idle VM, the oldest; undefined if none is idle, which counts as demand, too, unless it is `tentative`. */
  take: (tentative?: boolean) => string | undefined;
  /** Ends a VM that was taken, unless it has been claimed. */
  release: (id: string) => void;
  counts: () => Record<Exclude<State, "ending">, number> & { minIdle: number };
  /** Processes of the monitors of idle VMs. */
  monitors: () => number[];
  /** Time from the start of a VM until it is idle, in milliseconds: the median. */
  refillMs: () => number | undefined;
  lastFailure: () => string | undefined;
  /** Resolves when as many VMs are idle as there should be. @throws if one fails before */
  filled: Promise<void>;
  /** Replaces the VMs that no command has taken. */
  renew: () => void;
  /** Ends all VMs that have not been claimed; resolves when nothing is left of them. */
  close: () => Promise<void>;
}

export interface StockOptions {
  pool: Pick<BoxConfig["pool"], "minIdle" | "maxSize" | "idleTtlSecs" | "scaling">;
  boot: () => PoolVm;
  /** How many VMs may boot at the same time. */
  parallel: number;
  log: (line: string) => void;
}

/** Delay after a VM that failed, in milliseconds; it doubles with each one in a row. */
const FIRST_DELAY_MS = 1000;
const LONGEST_DELAY_MS = 60_000;

/** How long the boot of the next VM waits for the end of a box, in milliseconds. */
const ALONE_MS = 500;

/**
 * Keeps VMs idle: boots one for each that has been taken or that fails, and ends those that have become too many. On few
 * processors, a boot slows down the box that was just given a VM. It therefore waits until that has ended or has had a
 * while to itself, or until a VM is asked for when none is idle.
 */
export function openStock({ pool, boot, parallel, log }: StockOptions): Stock {
  const vms = new Map<string, { vm: PoolVm; state: State; pid?: number }>();
  /** The timers of VMs that are not to be replaced yet, by ID. */
  const alone = new Map<string, NodeJS.Timeout>();
  const refills = keepFigures(100);
  let scaler = newScaler(pool);
  let [failures, resumesAt] = [0, 0];
  let lastFailure: string | undefined;
  let closed = false;
  let retry: NodeJS.Timeout | undefined;
  let surplus: NodeJS.Timeout | undefined;
  let [onFilled, onUnfilled]: [() => void, (error: unknown) => void] = [() => undefined, () => undefined];
  const filled = new Promise<void>((resolve, reject) => ([onFilled, onUnfilled] = [resolve, reject]));
  filled.catch(() => undefined);

  const inState = (state: State) => [...vms.values()].filter((each) => each.state === state);
  const count = (state: State) => inState(state).length;

  function refill(): void {
    if (closed) return;
    if (count("idle") >= scaler.minIdle) onFilled();
    const wait = resumesAt - Date.now();
    if (wait > 0) {
      clearTimeout(retry);
      retry = setTimeout(refill, wait);
      return;
    }
    const wanted = Math.min(scaler.minIdle, pool.maxSize);
    while (count("booting") < parallel && count("booting") + count("idle") + alone.size < wanted) start();
  }

  /** Lets VMs that were taken be replaced. */
  function replace(ids: Iterable<string>): void {
    for (const id of ids) {
      clearTimeout(alone.get(id));
      alone.delete(id);
    }
    refill();
  }

  function start(): void {
    const begunMs = performance.now();
    const vm = boot();
    const entry: { vm: PoolVm; state: State; pid?: number } = { vm, state: "booting" };
    vms.set(vm.id, entry);
    vm.ready.then(
      (pid) => {
        if (entry.state !== "booting") return;
        Object.assign(entry, { state: "idle", pid });
        refills.add(performance.now() - begunMs);
        failures = 0;
        refill();
      },
      (error: unknown) => {
        if (entry.state === "booting") onFailure(error);
      },
    );
    void vm.claimed.then(() => {
      entry.state = "claimed";
      awaitSurplus();
    });
    void vm.ended.then(() => {
      vms.delete(vm.id);
      if (entry.state === "idle") onFailure(new Error("it ended while it was idle"));
      replace([vm.id]);
    });
  }

  function onFailure(error: unknown): void {
    if (closed) return;
    lastFailure = messageOf(error);
    log(`a VM failed: ${lastFailure}`);
    resumesAt = Date.now() + Math.min(FIRST_DELAY_MS * 2 ** failures++, LONGEST_DELAY_MS);
    onUnfilled(error);
  }

  function end(entries: { vm: PoolVm; state: State }[]): void {
    for (const entry of entries) {
      entry.state = "ending";
      entry.vm.end();
    }
  }

  /** Once the pool has not been used for a while, it is as large as it was at first. */
  function awaitSurplus(): void {
    clearTimeout(surplus);
    if (closed) return;
    surplus = setTimeout(
      () => {
        scaler = newScaler(pool);
        const idle = inState("idle");
        end(idle.slice(0, Math.max(0, idle.length - pool.minIdle)));
      },
      timerMs(pool.idleTtlSecs * 1000),
    );
  }

  refill();
  return {
    take: (tentative = false) => {
      const [entry] = inState("idle");
      if (!entry && tentative) return undefined;
      scaler = scale(pool, scaler, { atMs: Date.now(), hit: entry !== undefined });
      if (!entry) {
        replace([...alone.keys()]);
        return undefined;
      }
      entry.state = "taken";
      const { id } = entry.vm;
      alone.set(id, setTimeout(replace, ALONE_MS, [id]));
      return id;
    },
    release: (id) => {
      const entry = vms.get(id);
      if (entry?.state === "taken") entry.vm.end();
    },
    counts: () => ({
      ...{ booting: count("booting"), idle: count("idle"), taken: count("taken"), claimed: count("claimed") },
      minIdle: scaler.minIdle,
    }),
    monitors: () => inState("idle").flatMap(({ pid }) => pid ?? []),
    refillMs: () => refills.quantile(0.5),
    lastFailure: () => lastFailure,
    filled,
    renew: () => {
      end([...inState("idle"), ...inState("booting")]);
      refill();
    },
    close: async () => {
      closed = true;
      clearTimeout(retry);
      clearTimeout(surplus);
      replace([...alone.keys()]);
      const own = [...vms.values()].filter(({ state }) => state !== "claimed");
      for (const { vm } of vms.values()) vm.end();
      await Promise.all(own.map(({ vm }) => Promise.race([vm.ended, vm.claimed])));
    },
  };
}
