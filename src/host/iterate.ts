/** Takes a value; a promise asks for a pause. Throws when nobody wants any more. */
export type Take<T> = (value: T) => Promise<void> | undefined;

/** How many values the work may be ahead of whoever takes them. */
const ROOM = 64;

class NobodyListens extends Error {}

const isGivingUp = (error: unknown) =>
  error instanceof NobodyListens || (error instanceof Error && error.name === "AbortError");

/**
 * Turns work that hands over its results into results to iterate over. The work begins when the first one is asked for, and
 * is given up when the iteration is left early.
 * @param work its signal tells it that nobody wants more
 * @param signal ends the iteration, which is no error
 */
export function iterate<T>(
  work: (take: Take<T>, signal: AbortSignal) => Promise<unknown>,
  signal?: AbortSignal,
): AsyncIterableIterator<T> {
  const given = new AbortController();
  const queue: T[] = [];
  let working: Promise<void> | undefined;
  let over = false;
  let failure: { error: unknown } | undefined;
  let wake = (): void => undefined;
  let release = (): void => undefined;
  let room: Promise<void> | undefined;

  const take: Take<T> = (value) => {
    if (given.signal.aborted) throw new NobodyListens();
    queue.push(value);
    wake();
    if (queue.length < ROOM) return undefined;
    return (room ??= new Promise((resolve) => (release = resolve)));
  };

  function makeRoom(): void {
    room = undefined;
    release();
  }

  function giveUp(): void {
    given.abort();
    queue.length = 0;
    makeRoom();
  }

  async function start(): Promise<void> {
    signal?.addEventListener("abort", giveUp);
    try {
      await work(take, given.signal);
    } catch (error) {
      if (!(given.signal.aborted && isGivingUp(error))) failure = { error };
    } finally {
      signal?.removeEventListener("abort", giveUp);
      over = true;
      wake();
    }
  }

  const done = { done: true, value: undefined } as const;

  function end(): typeof done {
    const { error } = failure ?? {};
    if (failure === undefined) return done;
    failure = undefined;
    throw error;
  }

  return {
    [Symbol.asyncIterator]() {
      return this;
    },
    next: async () => {
      if (signal?.aborted && !working) return done;
      working ??= start();
      while (queue.length === 0) {
        if (over) return end();
        await new Promise<void>((resolve) => (wake = resolve));
      }
      const [value] = queue.splice(0, 1) as [T];
      if (queue.length === 0) makeRoom();
      return { done: false, value };
    },
    return: async () => {
      giveUp();
      await working;
      return end();
    },
  };
}
