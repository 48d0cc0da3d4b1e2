import type { Socket } from "node:net";
import { sendStdin } from "../../vm/protocol/control/client.js";
import { STREAM_WINDOW } from "../../vm/protocol/guest/frames.js";
import type { Typed } from "./key-sequence.js";
import { openStdin } from "../stdin.js";

/** Keys that are not meant for the program. */
export interface Keys {
  watch: (typed: Buffer) => Typed;
  onComplete: () => void;
}

/**
 * Carries stdin to the box, never more than it has room for.
 * @returns takes the room that the box gives back
 */
export function feedStdin(socket: Socket, keys: Keys | undefined): (bytes: number) => void {
  const stdin = openStdin();
  let room = STREAM_WINDOW;
  let kept: Buffer = Buffer.alloc(0);
  let ended = false;

  function pass(): void {
    const piece = kept.subarray(0, room);
    if (piece.length > 0) sendStdin(socket, piece);
    room -= piece.length;
    kept = kept.subarray(piece.length);
    if (kept.length > 0) stdin.pause();
    else if (ended) sendStdin(socket, kept);
    else stdin.resume();
  }

  stdin.on("data", (data: Buffer) => {
    const typed = keys?.watch(data);
    kept = typed?.pass ?? data;
    pass();
    if (typed?.complete === true) keys?.onComplete();
  });
  const end = () => {
    ended = true;
    if (kept.length === 0) pass();
  };
  stdin.once("end", end);
  stdin.once("error", end);
  return (bytes) => {
    room += bytes;
    if (kept.length > 0) pass();
  };
}
