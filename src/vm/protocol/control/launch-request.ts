import type { BoxRecord } from "../../box/record.js";
import { CONTROL_VERSION } from "./table.js";
import { encode, Kind } from "./wire.js";

/**
 * The first message on the connection that a monitor is started with: whose monitor it is from now on. Until then it belongs
 * to no box.
 */
export interface LaunchRequest {
  /** The box's. */
  folder: string;
  record: BoxRecord;
  /** The image is still being pulled: IMAGE_READY says when it is there. */
  pending?: true;
  /** Nothing of the box is to run: the layer that its VM has (../../offline-session.ts). */
  offlineLayer?: string;
}

/** A request as it is sent: a record that is too large stays in the folder, where it is as well. */
export type SentLaunchRequest = Omit<LaunchRequest, "record"> & {
  op: "launch";
  version: number;
  record?: BoxRecord;
};

/**
 * Of a message that is written at once: the kernel keeps as much in one piece, so that of a command that is killed all of it
 * comes or nothing.
 */
const MOST = 32_000;

export function encodeLaunchRequest({ record, ...rest }: LaunchRequest): Buffer {
  const encodeParts = (parts: Partial<SentLaunchRequest>) =>
    encode(Kind.json, Buffer.from(JSON.stringify({ op: "launch", version: CONTROL_VERSION, ...parts })));
  const whole = encodeParts({ ...rest, record });
  return whole.length <= MOST ? whole : encodeParts(rest);
}

/** What the command that pulls the image says when it is there, after a request that is `pending`. */
export const IMAGE_READY = encode(Kind.json, Buffer.from('{"op":"image-ready"}'));
