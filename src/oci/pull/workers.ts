import { availableParallelism } from "node:os";
import { MessageChannel, Worker, type MessagePort } from "node:worker_threads";
import { BoxError } from "../../config/errors.js";
import { storeLayer, type LayerJob } from "./layer.js";
import { unpackFailure, type AnswerMessage, type LayerMessage, type PieceMessage } from "./wire.js";

/** Takes layers into the store, several at a time. */
export interface LayerStore {
  /** @throws what storeLayer throws; BoxError pull-failed when the thread broke */
  store(source: AsyncIterable<Uint8Array>, job: LayerJob): Promise<void>;
  close(): Promise<void>;
}

/**
 * Threads that hash and write, while up to four of zlib's own threads decompress for them. Each costs some 40 MB; two
 * take in 700 MB of layers a second.
 */
const MOST_WORKERS = 2;
/** Pieces sent to a thread are collected to this size, so that messages and zlib's calls are few. */
const PIECE_BYTES = 2 ** 18;
/** Pieces of one layer under way to a thread. */
const MOST_PIECES = 4;

/** One layer is not worth a thread: zlib's own threads decompress it beside this one. */
const inThisThread: LayerStore = { store: storeLayer, close: () => Promise.resolve() };

/** @param layers how many there are to do */
export function openLayerStore(layers: number): LayerStore {
  const threads = Math.min(MOST_WORKERS, availableParallelism(), layers);
  if (threads <= 1) return inThisThread;
  const workers = Array.from(
    { length: threads },
    () => new Worker(new URL("./pull-worker.js", import.meta.url)),
  );
  const load = workers.map(() => 0);
  const broken = new AbortController();
  for (const worker of workers) {
    worker.once("error", (error) => broken.abort(error));
  }
  return {
    store: async (source, job) => {
      const least = load.indexOf(Math.min(...load));
      const worker = workers[least];
      if (!worker) throw new RangeError("no worker");
      load[least] = (load[least] ?? 0) + 1;
      try {
        await storeInWorker(worker, source, job, broken.signal);
      } finally {
        load[least] = (load[least] ?? 0) - 1;
      }
    },
    close: async () => {
      await Promise.all(workers.map((worker) => worker.terminate()));
    },
  };
}

/** Collects a stream into pieces of their own memory: what undici hands out shares its buffers with the parser. */
async function* collect(source: AsyncIterable<Uint8Array>): AsyncGenerator<ArrayBuffer> {
  let piece = new Uint8Array(PIECE_BYTES);
  let filled = 0;
  for await (const chunk of source) {
    for (let taken = 0; taken < chunk.length;) {
      const part = chunk.subarray(taken, taken + PIECE_BYTES - filled);
      piece.set(part, filled);
      filled += part.length;
      taken += part.length;
      if (filled === PIECE_BYTES) {
        yield piece.buffer;
        piece = new Uint8Array(PIECE_BYTES);
        filled = 0;
      }
    }
  }
  if (filled > 0) yield piece.buffer.slice(0, filled);
}

async function storeInWorker(
  worker: Worker,
  source: AsyncIterable<Uint8Array>,
  job: LayerJob,
  broken: AbortSignal,
): Promise<void> {
  const { port1: port, port2 } = new MessageChannel();
  const conversation = listen(port, broken);
  worker.postMessage({ job, port: port2 } satisfies LayerMessage, [port2]);
  const send = (message: PieceMessage, transfer: ArrayBuffer[] = []) => port.postMessage(message, transfer);
  try {
    for await (const piece of collect(source)) {
      await conversation.roomFor(MOST_PIECES);
      send(piece, [piece]);
      conversation.sent();
    }
    send("end");
    await conversation.stored;
  } finally {
    port.close();
  }
}

/** The worker's answers about one layer. */
function listen(
  port: MessagePort,
  broken: AbortSignal,
): { sent(): void; roomFor(pieces: number): Promise<void>; stored: Promise<void> } {
  let underWay = 0;
  let wake: () => void = () => undefined;
  let fail: () => void = () => undefined;
  const stored = new Promise<void>((resolve, reject) => {
    port.on("message", (answer: AnswerMessage) => {
      if (answer === "taken") {
        underWay--;
        wake();
      } else if (answer === "stored") resolve();
      else reject(unpackFailure(answer.failure));
    });
    fail = () => reject(new BoxError("pull-failed", "a thread of the pull broke", { cause: broken.reason }));
    if (broken.aborted) fail();
    else broken.addEventListener("abort", fail, { once: true });
  });
  const forget = () => broken.removeEventListener("abort", fail);
  stored.then(forget, forget);
  // Rejections are seen by whoever waits for room or for the end; until then they are nobody's.
  stored.catch(() => undefined);
  return {
    stored,
    sent: () => {
      underWay++;
    },
    roomFor: async (pieces) => {
      while (underWay >= pieces) {
        await Promise.race([stored, new Promise<void>((resolve) => (wake = resolve))]);
      }
    },
  };
}
