/** Entry point of a worker thread: hashes, decompresses and indexes the layers that it is given. */
import { parentPort, type MessagePort } from "node:worker_threads";
import { storeLayer } from "./layer.js";
import { packFailure, type AnswerMessage, type LayerMessage, type PieceMessage } from "./wire.js";

/** The pieces that come over a port; each is acknowledged when it is asked for, so that few are under way. */
async function* receive(
  port: MessagePort,
  answer: (message: AnswerMessage) => void,
): AsyncGenerator<Uint8Array> {
  const queue: PieceMessage[] = [];
  let wake: () => void = () => undefined;
  port.on("message", (piece: PieceMessage) => {
    queue.push(piece);
    wake();
  });
  for (;;) {
    const piece = queue.shift();
    if (piece === undefined) await new Promise<void>((resolve) => (wake = resolve));
    else if (piece === "end") return;
    else {
      answer("taken");
      yield new Uint8Array(piece);
    }
  }
}

parentPort?.on("message", ({ job, port }: LayerMessage) => {
  const answer = (message: AnswerMessage) => port.postMessage(message);
  storeLayer(receive(port, answer), job)
    .then(
      () => answer("stored"),
      (error: unknown) => answer({ failure: packFailure(error) }),
    )
    .finally(() => port.close());
});
