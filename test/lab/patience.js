import { readdirSync, readFileSync } from "node:fs";

const CHECK_MS = 1000;

export const OVER = Symbol("the time is over");

/**
 * Returns for how long each thread of a process has waited for a CPU that others used: field 2 of schedstat, in
 * nanoseconds. Nothing if this kernel does not count it, or when a thread has just ended.
 * @param {number} pid
 * @returns {Map<string, number>} milliseconds
 */
function waits(pid) {
  const waited = (/** @type {string} */ thread) =>
    Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, "latin1").split(" ")[1]) / 1e6;
  try {
    return new Map(readdirSync(`/proc/${pid}/task`).map((thread) => [thread, waited(thread)]));
  } catch {
    return new Map();
  }
}

/**
 * Waits for a promise for as long as all threads of a process had a CPU, or needed none. Time in which others used all
 * CPUs, or in which this machine was paused, does not count: a busy host is not a failure.
 *
 * @template T
 * @param {Promise<T>} promise
 * @param {number} pid
 * @param {number} seconds
 * @returns {Promise<T | typeof OVER>}
 */
export async function whileRunning(promise, pid, seconds) {
  let left = seconds * 1000;
  let last = { at: performance.now(), waited: waits(pid) };
  /** @type {NodeJS.Timeout | undefined} */
  let timer;
  /** @type {Promise<typeof OVER>} */
  const over = new Promise((resolve) => {
    timer = setInterval(() => {
      const now = { at: performance.now(), waited: waits(pid) };
      const more = [...now.waited].map(([thread, ms]) => ms - (last.waited.get(thread) ?? ms));
      left -= Math.max(0, Math.min(now.at - last.at, 2 * CHECK_MS) - Math.max(0, ...more));
      last = now;
      if (left <= 0) resolve(OVER);
    }, CHECK_MS);
  });
  return Promise.race([promise, over]).finally(() => clearInterval(timer));
}
