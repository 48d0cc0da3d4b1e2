import type { BoxUsage, Usage } from "../engine/boxes.js";
import { BoxError } from "../errors.js";

/** Resource usage of a box, as counted by its guest, except `hostMemoryBytes`. */
export interface StatsSample {
  /** CPUs used since the previous sample, or, in the first one, within the last second; 1 is one CPU. */
  cpus: number;
  /** Memory in use; the page cache does not count. */
  memoryBytes: number;
  memoryLimitBytes: number;
  /** Memory that all processes of the box take on the host, including its VM; shared pages count in equal parts. */
  hostMemoryBytes: number;
  /** Time since the box started. The following fields, except `pids`, count from then too. */
  uptimeMs: number;
  /** Traffic of the VM's interfaces; always 0 with the network `tsi` on krun, which has none. */
  receivedBytes: number;
  sentBytes: number;
  readBytes: number;
  writtenBytes: number;
  /** Number of processes and threads. */
  pids: number;
}

/** A promise of one sample, and an iterable of one per second until the box ends. */
export interface Stats extends PromiseLike<StatsSample>, AsyncIterable<StatsSample> {}

function cpusBetween(before: Usage | undefined, now: Usage): number {
  if (!before || now.uptimeMs <= before.uptimeMs) return 0;
  const busy = Math.max(0, now.cpuTicks - before.cpuTicks) / now.ticksPerSecond;
  return busy / ((now.uptimeMs - before.uptimeMs) / 1000);
}

function toSample(before: Usage | undefined, now: Usage, hostMemoryKb = 0): StatsSample {
  const { uptimeMs, receivedBytes, sentBytes, readBytes, writtenBytes, pids } = now;
  return {
    cpus: cpusBetween(before, now),
    memoryBytes: Math.max(0, now.memoryKb - now.availableKb) * 1024,
    memoryLimitBytes: now.memoryKb * 1024,
    hostMemoryBytes: hostMemoryKb * 1024,
    ...{ uptimeMs, receivedBytes, sentBytes, readBytes, writtenBytes, pids },
  };
}

async function* samples(looks: AsyncIterable<BoxUsage[]>): AsyncGenerator<StatsSample, undefined> {
  for await (const [look] of looks) {
    if (!look?.now) return;
    yield toSample(look.before, look.now, look.hostMemoryKb);
  }
}

export function openStats(looks: AsyncIterable<BoxUsage[]>, name: string): Stats {
  const first = async () => {
    for await (const sample of samples(looks)) return sample;
    throw new BoxError("not-running", `box ${name} is not running`);
  };
  return {
    then: (onDone, onFailed) => first().then(onDone, onFailed),
    [Symbol.asyncIterator]: () => samples(looks),
  };
}
