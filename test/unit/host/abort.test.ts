import { getEventListeners } from "node:events";
import { PassThrough } from "node:stream";
import { setTimeout } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { abortable, allEnded, onAbort, piecesUntil, withController } from "../../../src/host/abort.js";

const enough = new Error("enough");
const listeners = (signal: AbortSignal) => getEventListeners(signal, "abort").length;

describe("chunks until a signal is aborted", () => {
  async function take(signal: AbortSignal | undefined, source: AsyncIterable<unknown>): Promise<unknown[]> {
    const taken: unknown[] = [];
    for await (const piece of piecesUntil(signal, source)) taken.push(piece);
    return taken;
  }

  it("are all yielded, and no listener is left on the signal", async () => {
    const { signal } = new AbortController();
    const stream = new PassThrough({ objectMode: true });
    for (const piece of ["a", "b"]) stream.write(piece);
    stream.end();
    expect(await take(signal, stream)).toEqual(["a", "b"]);
    expect(listeners(signal)).toBe(0);
  });

  it("are not waited for after it is aborted; a stream is destroyed", async () => {
    const controller = new AbortController();
    const stream = new PassThrough();
    const taken = take(controller.signal, stream);
    await setTimeout();
    controller.abort(enough);
    await expect(taken).rejects.toBe(enough);
    expect(stream.destroyed).toBe(true);
    expect(listeners(controller.signal)).toBe(0);
  });

  it("are not requested if it is already aborted", async () => {
    let asked = false;
    async function* source() {
      asked = true;
      yield await Promise.resolve(1);
    }
    await expect(take(AbortSignal.abort(enough), source())).rejects.toBe(enough);
    expect(asked).toBe(false);
  });
});

it("aborted work rejects with the reason, whatever it throws, and does not start if already aborted", async () => {
  const controller = new AbortController();
  const broken = abortable(controller.signal, async () => {
    await new Promise<void>((resolve) => onAbort(controller.signal, resolve));
    throw new Error("connection closed");
  });
  controller.abort(enough);
  await expect(broken).rejects.toBe(enough);
  await expect(abortable(controller.signal, () => Promise.reject(new Error("begun")))).rejects.toBe(enough);
  await expect(abortable(undefined, () => Promise.reject(new Error("other")))).rejects.toThrow("other");
});

it("a controller is aborted with its signal, and removes its listener afterwards", async () => {
  const outer = new AbortController();
  await withController(outer.signal, (inner) => {
    outer.abort(enough);
    expect(inner.signal.reason).toBe(enough);
    return Promise.resolve();
  });
  const { signal } = new AbortController();
  const during = await withController(signal, () => Promise.resolve(listeners(signal)));
  expect(during).toBe(1);
  expect(listeners(signal)).toBe(0);
});

it("a failure is reported only after all other work has settled", async () => {
  let ended = false;
  const slow = setTimeout(20).then(() => (ended = true));
  await expect(allEnded([Promise.reject(enough), slow])).rejects.toBe(enough);
  expect(ended).toBe(true);
});
