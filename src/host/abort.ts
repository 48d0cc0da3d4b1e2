import { Readable } from "node:stream";

/**
 * Calls `act` when a signal is aborted, or immediately if it already is.
 * @returns a function that removes the listener
 */
export function onAbort(signal: AbortSignal | undefined, act: () => void): () => void {
  if (signal?.aborted) act();
  else signal?.addEventListener("abort", act, { once: true });
  return () => signal?.removeEventListener("abort", act);
}

/** As `Promise.all`, but if one promise rejects, waits until all others have settled too. */
export async function allEnded<const T extends readonly unknown[]>(
  work: T,
): Promise<{ -readonly [K in keyof T]: Awaited<T[K]> }> {
  await Promise.allSettled(work);
  return Promise.all(work);
}

/** Calls `use` with a controller that is aborted along with a signal. */
export async function withController<T>(
  signal: AbortSignal | undefined,
  use: (controller: AbortController) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  const off = onAbort(signal, () => controller.abort(signal?.reason));
  try {
    return await use(controller);
  } finally {
    off();
  }
}

/**
 * Does abortable work. Does not start it if the signal is already aborted, and replaces any error that it throws after
 * that by the signal's reason.
 */
export async function abortable<T>(signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
  signal?.throwIfAborted();
  try {
    return await work();
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  }
}

/** Waits for something that cannot be aborted, until it settles or a signal is aborted. @throws the signal's reason */
export function unlessAborted<T>(signal: AbortSignal | undefined, awaited: Promise<T>): Promise<T> {
  if (!signal) return awaited;
  return new Promise((resolve, reject) => {
    const off = onAbort(signal, () => reject(signal.reason as Error));
    awaited.then(resolve, reject).finally(off);
  });
}

/** Yields the chunks of a source until a signal is aborted. Does not wait for a pending chunk then. */
export async function* piecesUntil<T>(
  signal: AbortSignal | undefined,
  source: AsyncIterable<T>,
): AsyncGenerator<T, void, undefined> {
  if (!signal) {
    yield* source;
    return;
  }
  const iterator = source[Symbol.asyncIterator]();
  let isOver = false;
  try {
    for (;;) {
      signal.throwIfAborted();
      const next = await unlessAborted(signal, iterator.next());
      isOver = next.done === true;
      if (next.done === true) return;
      yield next.value;
    }
  } finally {
    if (source instanceof Readable) source.destroy();
    const left = isOver ? undefined : iterator.return?.();
    if (signal.aborted) left?.catch(() => undefined);
    else await left;
  }
}
