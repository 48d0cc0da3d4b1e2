import type { GuestNetwork } from "../../../net/guest-network.js";
import type { VmStart } from "./launch-request.js";
import { CONTROL_VERSION } from "./table.js";
import { encodeMessage } from "./wire.js";

/*
 * How a command gets a VM of a pool: the pool's keeper starts the VM's monitor with an idle request. A command claims the
 * VM on the socket of its monitor, which answers `claimed` once the agent has shown that it is alive. A launch request
 * follows on the same connection. From then on, the VM does not depend on the pool's keeper, but on the command until the
 * whole launch request has arrived.
 */

/** The first message on the connection that the monitor of an idle VM is started with, from the pool's keeper. */
export interface IdleRequest {
  op: "idle";
  version: number;
  start: VmStart;
  /** The network of the guest, with which it rehearses the start of a box. */
  network: GuestNetwork | null;
}

/** The request to the monitor of an idle VM. */
export interface ClaimRequest {
  op: "claim";
  version: number;
}

/** From the monitor of an idle VM: `claimed` and `failed` to the command, and all to the pool's keeper. */
export type IdleEvent =
  /** The agent is ready for a box. */
  { event: "idle"; pid: number } | { event: "claimed" } | { event: "failed"; code: string; message: string };

export const CLAIM = encodeMessage({ op: "claim", version: CONTROL_VERSION } satisfies ClaimRequest);

export function encodeIdleRequest(start: VmStart, network: GuestNetwork | null): Buffer {
  return encodeMessage({ op: "idle", version: CONTROL_VERSION, start, network } satisfies IdleRequest);
}

export function encodeIdleEvent(event: IdleEvent): Buffer {
  return encodeMessage(event);
}

/** Reads a message as an event of an idle VM's monitor, which is a part of box. */
export function isIdleEvent(message: unknown): message is IdleEvent {
  return typeof message === "object" && message !== null && "event" in message;
}
