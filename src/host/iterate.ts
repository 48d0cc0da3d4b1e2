import { onAbort } from "./abort.js";

/** Takes a value; a promise asks for a pause. Throws when nobody wants any more. */
export type Emit<T> = (value: T) => Promise<void> | undefined;

/** How many values the work may be ahead of whoever takes them. */
const ROOM = 64;

class NobodyListens extends Error {}

const isGivingUp = (error: unknown) =>
  error instanceof NobodyListens || (error instanceof Error && error.name === "AbortError");

/**
 * Turns work that hands over its results into results to iterate over. The work begins when the first one is asked for, and
 * is given up when the iteration is left early.
 * @param work its signal tells it that nobody wants more
 * @param signal ends the iteration with its reason, when the work has ended
 * @param onTaken called with each when its turn has come; false: it is not handed out
 */
export function iterate<T>(
  work: (emit: Emit<T>, signal: AbortSignal) => Promise<unknown>,
  signal?: AbortSignal,
  onTaken?: (value: T) => boolean,
): AsyncIterableIterator<T> {
  const given = new AbortController();
  const queue: T[] = [];
  let working: Promise<void> | undefined;
  let over = false;
  let failure: { error: unknown } | undefined;
  let wake = (): void => undefined;
  let release = (): void => undefined;
  let room: Promise<void> | undefined;

  const emit: Emit<T> = (value) => {
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
    const off = onAbort(signal, giveUp);
    try {
      await work(emit, given.signal);
    } catch (error) {
      if (!(given.signal.aborted && isGivingUp(error))) failure = { error };
    } finally {
      off();
      if (signal?.aborted) failure = { error: signal.reason };
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

  function dequeue(): IteratorResult<T> | undefined {
    while (queue.length > 0) {
      const value = queue.shift() as T;
      if (queue.length === 0) makeRoom();
      if (onTaken?.(value) !== false) return { done: false, value };
    }
    return undefined;
  }

  async function awaitNext(): Promise<IteratorResult<T>> {
    if (!working) signal?.throwIfAborted();
    working ??= start();
    for (;;) {
      const ready = dequeue();
      if (ready) return ready;
      if (over) return end();
      await new Promise<void>((resolve) => (wake = resolve));
    }
  }

  return {
    [Symbol.asyncIterator]() {
      return this;
    },
    next: () => {
      const ready = dequeue();
      return ready ? Promise.resolve(ready) : awaitNext();
    },
    return: async () => {
      giveUp();
      await working;
      return end();
    },
  };
}

/** An iteration that is opened when its first result is asked for. */
export function defer<T>(open: () => Promise<AsyncIterable<T>>): AsyncIterableIterator<T> {
  let opening: Promise<AsyncIterator<T>> | undefined;
  let opened: AsyncIterator<T> | undefined;
  const begin = async () => (opened = (await open())[Symbol.asyncIterator]());
  return {
    [Symbol.asyncIterator]() {
      return this;
    },
    // Without a generator between, which would take longer than all the rest.
    next: () => opened?.next() ?? (opening ??= begin()).then((iterator) => iterator.next()),
    return: async () => {
      const iterator = await opening?.catch(() => undefined);
      await iterator?.return?.();
      return { done: true, value: undefined };
    },
  };
}

/**
 * An iteration that something goes with which is there before it begins.
 * @param release called when it is over, has failed or is left, even before its first result
 */
export function withRelease<T>(
  results: AsyncGenerator<T>,
  release: () => Promise<void>,
): AsyncIterableIterator<T> {
  return {
    [Symbol.asyncIterator]() {
      return this;
    },
    next: async () => {
      try {
        const result = await results.next();
        if (result.done === true) await release();
        return result;
      } catch (error) {
        await release();
        throw error;
      }
    },
    return: async () => {
      try {
        return await results.return(undefined);
      } finally {
        await release();
      }
    },
  };
}

/**
 * Results that a signal ends with its reason. Who is not asked for the next one at that moment is left at once: nobody may
 * ever ask. Who is sees to its end itself.
 */
export function resultsUntil<T>(
  signal: AbortSignal | undefined,
  results: AsyncIterable<T>,
): AsyncIterable<T> {
  if (!signal) return results;
  const iterator = results[Symbol.asyncIterator]();
  const isAborted = () => signal.aborted;
  let isAsked = false;
  let left: Promise<unknown> | undefined;
  const leave = async () => (left ??= Promise.resolve(iterator.return?.()).catch(() => undefined));
  const off = onAbort(signal, () => void (isAsked ? undefined : leave()));
  const end = async (): Promise<never> => {
    off();
    await leave();
    throw signal.reason;
  };
  const iteration: AsyncIterableIterator<T> = {
    [Symbol.asyncIterator]() {
      return this;
    },
    next: async () => {
      if (isAborted()) return end();
      isAsked = true;
      try {
        const result = await iterator.next();
        if (isAborted()) return await end();
        if (result.done === true) off();
        return result;
      } catch (error) {
        off();
        signal.throwIfAborted();
        throw error;
      } finally {
        isAsked = false;
      }
    },
    return: async () => {
      off();
      await iterator.return?.();
      return { done: true, value: undefined };
    },
  };
  return iteration;
}
