import type { Socket } from "node:net";
import { readToEnd } from "../../host/read-to-end.js";
import { createFrameParser, nameOf, ProtocolError, type Frame } from "../protocol/guest/frames.js";

/** The receiver of a guest's frames. */
export interface GuestOwner {
  /** @throws ProtocolError for unexpected frames, after which nothing more is read from the guest */
  onFrames: (frames: Frame[]) => void;
  /** Called when the guest has violated the protocol. */
  onViolation: (why: string) => void;
}

/** The stream from a guest, which may boot before it is assigned to a box. */
export interface GuestLink {
  agent: Socket;
  /** Sets the owner, which also receives a HELLO that has already arrived. */
  take: (owner: GuestOwner) => void;
  /** Resolves when the stream from the guest is closed. */
  closed: Promise<void>;
}

/** Reads from a guest. Until it has an owner, it may send only one frame (HELLO), so that nothing accumulates. */
export function openLink(agent: Socket): GuestLink {
  const parse = createFrameParser();
  const held: Frame[] = [];
  let owner: GuestOwner | undefined;
  let violation: string | undefined;

  function deliver(frames: Frame[]): void {
    held.push(...frames);
    if (owner) return owner.onFrames(held.splice(0));
    const [, second] = held;
    if (second) throw new ProtocolError(`${nameOf(second.type)} before any request`);
  }

  function receive(chunk: Buffer): void {
    try {
      deliver(parse(chunk));
    } catch (error) {
      violation = error instanceof Error ? error.message : String(error);
      owner?.onViolation(violation);
      agent.destroy();
    }
  }

  // The guest's last frames must not be lost when the VMM has exited and something is written to it.
  readToEnd(agent).on("data", receive);
  agent.on("error", () => undefined);
  return {
    agent,
    take: (next) => {
      owner = next;
      // Deferred until the new owner is ready.
      if (violation !== undefined) setImmediate(next.onViolation, violation);
      else if (held.length > 0) setImmediate(receive, Buffer.alloc(0));
    },
    closed: new Promise((resolve) => agent.once("close", () => resolve())),
  };
}
