import type { BoxRecord } from "../../box/record.js";
import type { Making } from "../../template/make.js";
import { CONTROL_VERSION } from "./table.js";
import { encodeMessage } from "./wire.js";

/** A VM that continues a template, and what to do if its guest does not wake up. */
export interface Thaw {
  /** The template's directory. */
  template: string;
  /** Identifies it among all that are in this directory one after the other (../../template/store.ts). */
  made: string;
  /** `box-vmm`, and its arguments to boot a VM instead. */
  program: string;
  boot: string[];
  /** The box's writable layer, if it is a copy of the template's: a VM that boots gets a copy of an empty one instead. */
  layer?: { path: string; empty: string };
}

/** How the VM of a monitor was started. */
export interface VmStart {
  thaw?: Thaw;
  /** Otherwise, why the VM boots. */
  booted?: string;
  /** The template to make once the guest has started, if the VM has booted. */
  making?: Making;
}

/**
 * The first message on the connection that a monitor is started with. It assigns the monitor to a box; until then, the
 * monitor belongs to none.
 */
export interface LaunchRequest extends VmStart {
  /** The box's directory. */
  folder: string;
  record: BoxRecord;
  /** The image is still being pulled; IMAGE_READY follows once it is available. */
  pending?: true;
  /**
   * For an offline session, which runs no workload: the writable layer attached to its VM (../../offline-session.ts).
   */
  offlineLayer?: string;
  /** The named networks of the box, in the order in which it joins them. */
  networks?: string[];
}

/** A request as it is sent. A record that is too large is omitted and read from the box's directory instead. */
export type SentLaunchRequest = Omit<LaunchRequest, "record"> & {
  op: "launch";
  version: number;
  record?: BoxRecord;
};

/**
 * Maximum size of a request in bytes. The kernel accepts this much in a single write, so if the command is killed, the
 * monitor receives either all of it or nothing.
 */
const MOST = 32_000;

export function encodeLaunchRequest({ record, ...rest }: LaunchRequest): Buffer {
  const encodeParts = (parts: Partial<SentLaunchRequest>) =>
    encodeMessage({ op: "launch", version: CONTROL_VERSION, ...parts });
  const whole = encodeParts({ ...rest, record });
  return whole.length <= MOST ? whole : encodeParts(rest);
}

/** Sent after a `pending` request by the command that pulls the image, once the image is available. */
export const IMAGE_READY = encodeMessage({ op: "image-ready" });
