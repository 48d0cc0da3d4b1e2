import { keepFigures } from "../../vm/pool/figures.js";
import { idleMemoryMb } from "../../vm/pool/memory.js";
import type { PoolAnswer, PoolStatus } from "../../vm/pool/messages.js";
import { isOutdated, misfits, type Shape } from "../../vm/pool/shape.js";
import type { Stock } from "../../vm/pool/stock.js";
import type { PoolBox } from "./idle-vm.js";
import type { Subject } from "./subject.js";

export interface Counted extends Pick<PoolBox, "name" | "request"> {
  stock: Stock;
  subject: Pick<Subject, "image" | "shape">;
  /** Called when a box differs in what may have changed on the host, such as the image that a tag names. */
  follow: () => void;
  log: (line: string) => void;
}

/** Answers requests for VMs of a pool, and counts them. */
export function openCounter({ name, request, stock, subject, follow, log }: Counted) {
  const startedAt = new Date().toISOString();
  const acquired = keepFigures(1000);
  let [hits, misses] = [0, 0];
  let lastMiss: string | undefined;

  function miss(reason: string, tentative: boolean): PoolAnswer {
    if (tentative) return { event: "missed", reason };
    misses++;
    lastMiss = reason;
    log(`miss: ${reason}`);
    return { event: "missed", reason };
  }

  async function status(): Promise<PoolStatus> {
    const { idle, booting, taken, claimed, minIdle } = stock.counts();
    const { vcpus, memoryMb, diskMb } = request.spec.resources;
    const [p50, p95] = [acquired.quantile(0.5), acquired.quantile(0.95)];
    return {
      ...{ name, image: subject.image().reference, driver: request.driver.name, pid: process.pid, startedAt },
      ...{
        vcpus,
        memoryMb,
        diskMb,
        network: request.spec.network.mode,
        autoRemove: !request.spec.persistent,
      },
      ...{ idle, booting, claimed: claimed + taken, minIdle, maxSize: request.spec.pool.maxSize },
      ...{ hits, misses, lastMiss, lastFailure: stock.lastFailure() },
      ...{ acquireMs: p50 === undefined || p95 === undefined ? undefined : { p50, p95 } },
      ...{ refillMs: stock.refillMs(), idleMb: await idleMemoryMb(stock.monitors()) },
    };
  }

  return {
    take: (asked: Shape, tentative = false): PoolAnswer => {
      const shape = subject.shape();
      const differing = misfits(shape, asked);
      if (isOutdated(shape, asked) && !tentative) follow();
      if (differing.length > 0)
        return miss(`the box differs from the pool's: ${differing.join(", ")}`, tentative);
      const id = stock.take(tentative);
      if (id === undefined) return miss("no VM is idle", tentative);
      return { event: "taken", id };
    },
    acquired: (ms: number): PoolAnswer => {
      hits++;
      acquired.add(ms);
      return { event: "noted" };
    },
    status,
  };
}

export type Counter = ReturnType<typeof openCounter>;
