import { encodeSidecar, type SidecarStart } from "../protocol/guest/messages.js";
import {
  encodeFrame,
  FOR_SIDECAR,
  FrameType,
  nameOf,
  ProtocolError,
  type Frame,
} from "../protocol/guest/frames.js";
import type { GuestLink, GuestOwner } from "./guest-link.js";

/** The stream from a guest whose agent passes on the frames of a second one, that of a sidecar. */
export interface SplitLink {
  /** The box's own frames. */
  own: GuestLink;
  /**
   * Starts the second agent, once the first is configured and no other second agent is left.
   * @returns its frames; `closed` resolves when it has ended
   */
  startSidecar: (how: SidecarStart) => GuestLink;
  /** Kills the second agent with all its programs. */
  endSidecar: () => void;
}

interface Second {
  owner?: GuestOwner;
  onClosed: () => void;
}

/** Splits the stream from a guest. Frames of a second agent that has not been started violate the protocol. */
export function splitLink(link: GuestLink): SplitLink {
  let second: Second | undefined;

  function take(frames: Frame[]): Frame[] {
    const own: Frame[] = [];
    for (const frame of frames) {
      const { type, flags, channel, payload } = frame;
      const isEnd = type === FrameType.SIDECAR && flags === 0 && channel === 0 && payload.length === 0;
      if (isEnd && second) {
        second.onClosed();
        second = undefined;
      } else if ((flags & FOR_SIDECAR) === 0) own.push(frame);
      else if (second?.owner) second.owner.onFrames([{ ...frame, flags: flags & ~FOR_SIDECAR }]);
      else throw new ProtocolError(`${nameOf(type)} of a sidecar that has not been started`);
    }
    return own;
  }

  return {
    own: {
      ...link,
      take: (owner) =>
        link.take({
          onFrames: (frames) => {
            const own = take(frames);
            if (own.length > 0) owner.onFrames(own);
          },
          onViolation: owner.onViolation,
        }),
    },
    startSidecar: (how) => {
      const started: Second = { onClosed: () => undefined };
      const ended = new Promise<void>((resolve) => (started.onClosed = resolve));
      second = started;
      link.agent().write(encodeSidecar(how));
      return {
        agent: link.agent,
        greeted: Promise.resolve(true),
        ping: link.ping,
        take: (owner) => {
          started.owner = owner;
        },
        closed: ended,
      };
    },
    endSidecar: () => {
      if (second) link.agent().write(encodeFrame(FrameType.SHUTDOWN, 0, Buffer.alloc(0), FOR_SIDECAR));
    },
  };
}
