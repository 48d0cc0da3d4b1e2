import type { MessagePort } from "node:worker_threads";
import { BoxError } from "../../config/errors.js";
import type { LayerJob } from "./layer.js";

/** To a worker: take this layer; its bytes come over the port. */
export interface LayerMessage {
  job: LayerJob;
  port: MessagePort;
}

/** Over a layer's port, to the worker: a piece of the blob, or its end. */
export type PieceMessage = ArrayBuffer | "end";

/** Over a layer's port, from the worker: a piece was taken, all is done, or it failed. */
export type AnswerMessage = "taken" | "stored" | { failure: Failure };

/** An error in plain values: the classes of errors do not survive the way between threads. */
export interface Failure {
  code?: string;
  message: string;
  hint?: string;
}

export function packFailure(error: unknown): Failure {
  if (!(error instanceof BoxError))
    return { message: error instanceof Error ? error.message : String(error) };
  const { code, message, hint } = error;
  return { code, message, ...(hint === undefined ? {} : { hint }) };
}

export function unpackFailure({ code, message, hint }: Failure): Error {
  if (code === undefined) return new Error(message);
  return new BoxError(code, message, hint === undefined ? {} : { hint });
}
