import { onAbort } from "./abort.js";

/** Consumes a value. A returned promise asks the producer to pause. Throws if the consumer has stopped. */
export type Emit<T> = (value: T) => Promise<void> | undefined;

/** Number of values by which the work may be ahead of the consumer. */
const CAPACITY = 64;

class ConsumerGone extends Error {}

const isGivingUp = (error: unknown) =>
  error instanceof ConsumerGone || (error instanceof Error && error.name === "AbortError");

/**
 * Turns work that emits results into an iteration over them. The work starts when the first result is requested, and is
 * aborted if the iteration is left early.
 * @param work its signal is aborted if no more results are wanted
 * @param signal ends the iteration with its reason, after the work has ended
 * @param onTaken called with each result before it is returned; if it returns false, the result is skipped
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
    if (given.signal.aborted) throw new ConsumerGone();
    queue.push(value);
    wake();
    if (queue.length < CAPACITY) return undefined;
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

/** Returns an iteration that is opened when its first result is requested. */
export function defer<T>(open: () => Promise<AsyncIterable<T>>): AsyncIterableIterator<T> {
  let opening: Promise<AsyncIterator<T>> | undefined;
  let opened: AsyncIterator<T> | undefined;
  const begin = async () => (opened = (await open())[Symbol.asyncIterator]());
  return {
    [Symbol.asyncIterator]() {
      return this;
    },
    // No generator in between, which would take longer than everything else.
    next: () => opened?.next() ?? (opening ??= begin()).then((iterator) => iterator.next()),
    return: async () => {
      const iterator = await opening?.catch(() => undefined);
      await iterator?.return?.();
      return { done: true, value: undefined };
    },
  };
}

/**
 * Adds the release of a resource to an iteration, which the resource may precede.
 * @param release called when the iteration ends, fails or is left, even before its first result
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
 * Ends an iteration with a signal's reason. If no result is being requested at that moment, the iteration is left
 * immediately, because none may ever be requested. Otherwise the iteration must handle the signal itself.
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
