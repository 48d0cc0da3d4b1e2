import { Readable } from "node:stream";

/**
 * Calls when a signal is aborted, at once where it has been.
 * @returns to be called when nobody is interested any more
 */
export function onAbort(signal: AbortSignal | undefined, act: () => void): () => void {
  if (signal?.aborted) act();
  else signal?.addEventListener("abort", act, { once: true });
  return () => signal?.removeEventListener("abort", act);
}

/** As `Promise.all`, but nothing is under way any more when one has failed. */
export async function allEnded<const T extends readonly unknown[]>(
  work: T,
): Promise<{ -readonly [K in keyof T]: Awaited<T[K]> }> {
  await Promise.allSettled(work);
  return Promise.all(work);
}

/** A controller that a signal aborts as well. @param use is given it for as long as it is needed */
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
 * Does what a signal can end. It is not begun when that has been aborted; whatever it throws once it is aborted stands for
 * the signal's reason.
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

/** Waits for what cannot be ended; nobody waits for it any more when a signal is aborted. @throws the signal's reason */
export function unlessAborted<T>(signal: AbortSignal | undefined, awaited: Promise<T>): Promise<T> {
  if (!signal) return awaited;
  return new Promise((resolve, reject) => {
    const off = onAbort(signal, () => reject(signal.reason as Error));
    awaited.then(resolve, reject).finally(off);
  });
}

/** The pieces of a source until a signal is aborted; one that never comes is not waited for then. */
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
