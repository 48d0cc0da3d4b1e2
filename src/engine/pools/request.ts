import type { DocumentInput } from "../../config/box-document.js";
import type { CreateParameters, CreateRequest } from "../boxes/request.js";

/**
 * The box that a pool is for, without defaults, in the notation of a `--config` file. Without an image, these fields
 * change those of the pool that was started before.
 */
export interface PoolDocument extends CreateParameters {
  document: DocumentInput;
}

/** A box that could run in the VMs of a pool. */
export type PoolRequest = CreateRequest | PoolDocument;
