import type { Socket } from "node:net";
import { setTimeout } from "node:timers/promises";
import { encodeMessage, type FailedEvent } from "../protocol/control/wire.js";
import { readMessage } from "../protocol/control/read-message.js";
import type { PoolDefinition } from "./definition.js";
import type { Shape } from "./shape.js";

/** From a command to the keeper of a pool; each is answered before the next is read. */
export type PoolRequest =
  /**
   * Asks for an idle VM. The conversation goes on for as long as the command claims it. `tentative`: the command asks
   * again if there is none, and that request counts.
   */
  | { op: "take"; shape: Shape; tentative?: true }
  /** The VM has become a box, this long after the command asked for one. */
  | { op: "acquired"; ms: number }
  | { op: "status" }
  /** Asks how many VMs are idle once the pool is ready; it is answered as the command that starts the pool is. */
  | { op: "await" }
  /** Ends all idle VMs and the keeper. */
  | { op: "stop" };

/** The figures of a pool since its keeper was started. */
export interface PoolStatus {
  name: string;
  image: string;
  driver: string;
  vcpus: number;
  memoryMb: number;
  /** Size of the writable layer. */
  diskMb: number;
  network: string;
  /** Whether it is for boxes with `--rm` only: the writable layers of its VMs cannot be kept. */
  autoRemove: boolean;
  /** Process of the keeper. */
  pid: number;
  startedAt: string;
  idle: number;
  booting: number;
  /** Boxes in VMs of the pool that are running. */
  claimed: number;
  /** The number of VMs to keep idle, according to the scaler. */
  minIdle: number;
  maxSize: number;
  hits: number;
  misses: number;
  /** Why the last miss was one. */
  lastMiss?: string | undefined;
  /** Why the last VM that did not become idle failed. */
  lastFailure?: string | undefined;
  /** From asking for a VM to having it, in milliseconds. */
  acquireMs?: { p50: number; p95: number } | undefined;
  /** From the start of a VM until it is idle, in milliseconds: the median. */
  refillMs?: number | undefined;
  /** Memory of an idle VM and its monitor in MiB, on average. */
  idleMb?: number | undefined;
}

/** From the keeper. */
export type PoolAnswer =
  | { event: "taken"; id: string }
  | { event: "missed"; reason: string }
  | { event: "noted" }
  | { event: "status"; status: PoolStatus }
  | { event: "stopped" }
  | PoolStart;

/** From the keeper to the command that starts it. */
export type PoolStart = { event: "ready"; idle: number } | { event: "warning"; line: string } | FailedEvent;

/** To a keeper that has just been started. */
export interface StartRequest {
  definition: PoolDefinition;
}

export function encodePoolMessage(message: PoolRequest | PoolAnswer | StartRequest): Buffer {
  return encodeMessage(message);
}

/**
 * Sends a request and returns the answer; undefined if the keeper has ended, or takes longer than allowed.
 * @param limitMs in milliseconds; undefined: without a limit
 */
export async function askKeeper(
  socket: Socket,
  request: PoolRequest,
  limitMs?: number,
): Promise<PoolAnswer | undefined> {
  socket.write(encodePoolMessage(request));
  const answer = readMessage(socket).catch(() => undefined);
  const first =
    limitMs === undefined ? answer : Promise.race([answer, setTimeout(limitMs, undefined, { ref: false })]);
  // The keeper is a part of box.
  return (await first) as PoolAnswer | undefined;
}
