import type { Socket } from "node:net";
import { createFrameParser, nameOf, ProtocolError, type Frame } from "../protocol/guest/frames.js";

/** Whose guest it is. */
export interface GuestOwner {
  /** @throws ProtocolError for what does not belong there: nothing more is heard of the guest then */
  onFrames: (frames: Frame[]) => void;
  /** The guest has broken the protocol. */
  onViolation: (why: string) => void;
}

/** The stream from a guest, which may boot before there is a box that it belongs to. */
export interface GuestLink {
  agent: Socket;
  /** Gives the guest to whoever speaks to it from now on; a greeting that has come already is theirs. */
  take: (owner: GuestOwner) => void;
  /** Resolves when nothing more can come from the guest. */
  closed: Promise<void>;
}

/** Listens to a guest. As long as it is nobody's it may greet, and say nothing else: nothing piles up. */
export function openLink(agent: Socket): GuestLink {
  const parse = createFrameParser();
  const held: Frame[] = [];
  let owner: GuestOwner | undefined;
  let violation: string | undefined;

  function deliver(frames: Frame[]): void {
    held.push(...frames);
    if (owner) return owner.onFrames(held.splice(0));
    const [, second] = held;
    if (second) throw new ProtocolError(`${nameOf(second.type)} before it was asked for anything`);
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

  agent.on("data", receive);
  agent.on("error", () => undefined);
  return {
    agent,
    take: (next) => {
      owner = next;
      // Later, when who takes it is ready for it.
      if (violation !== undefined) setImmediate(next.onViolation, violation);
      else if (held.length > 0) setImmediate(receive, Buffer.alloc(0));
    },
    closed: new Promise((resolve) => agent.once("close", () => resolve())),
  };
}
