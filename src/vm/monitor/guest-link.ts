import type { Socket } from "node:net";
import { messageOf } from "../../errors.js";
import { readToEnd } from "../../host/read-to-end.js";
import {
  createFrameParser,
  encodeFrame,
  FrameType,
  nameOf,
  ProtocolError,
  type Frame,
} from "../protocol/guest/frames.js";

/** The receiver of a guest's frames. */
export interface GuestOwner {
  /** @throws ProtocolError for unexpected frames, after which nothing more is read from the guest */
  onFrames: (frames: Frame[]) => void;
  /** Called when the guest has violated the protocol. */
  onViolation: (why: string) => void;
}

/** The stream from a guest, which may boot before it is assigned to a box. */
export interface GuestLink {
  /** The stream itself, once the guest has sent its first frame. */
  agent: () => Socket;
  /** Resolves to true when the guest has sent its first frame, to false if it will send none. */
  greeted: Promise<boolean>;
  /**
   * Before there is an owner: resolves when the agent has answered one more PING. Never, if it does not.
   * @param before frames without an answer, which the agent handles before the PING
   */
  ping: (before?: Buffer) => Promise<void>;
  /** Sets the owner, which also receives a HELLO that has already arrived. */
  take: (owner: GuestOwner) => void;
  /** Resolves when the stream from the guest is closed. */
  closed: Promise<void>;
}

/** Reads from a guest. Until it has an owner, it may send only one frame (HELLO), so that nothing accumulates. */
export function openLink(agent: Socket): GuestLink {
  const parse = createFrameParser();
  const held: Frame[] = [];
  /** PINGs that have not been answered, oldest first; they are sent once the guest has greeted. */
  const pings: { bytes: Buffer; resolve: () => void }[] = [];
  let sent = 0;
  let owner: GuestOwner | undefined;
  let violation: string | undefined;
  let greet: (answered: boolean) => void = () => undefined;
  const greeted = new Promise<boolean>((resolve) => (greet = resolve));

  function sendPings(): void {
    if (held.length === 0) return;
    for (const { bytes } of pings.slice(sent)) agent.write(bytes);
    sent = pings.length;
  }

  /** Whether a frame is the answer to a PING. */
  function takePong({ type, channel, payload }: Frame): boolean {
    if (type !== FrameType.PONG || channel !== 0 || payload.length > 0 || sent === 0) return false;
    sent--;
    pings.shift()?.resolve();
    return true;
  }

  function deliver(frames: Frame[]): void {
    held.push(...frames.filter((frame) => !takePong(frame)));
    if (held.length > 0) greet(true);
    sendPings();
    if (owner) return owner.onFrames(held.splice(0));
    const [, second] = held;
    if (second) throw new ProtocolError(`${nameOf(second.type)} before any request`);
  }

  function receive(chunk: Buffer): void {
    try {
      deliver(parse(chunk));
    } catch (error) {
      violation = messageOf(error);
      owner?.onViolation(violation);
      agent.destroy();
    }
  }

  // The guest's last frames must not be lost when the VMM has exited and something is written to it.
  readToEnd(agent).on("data", receive);
  agent.on("error", () => undefined);
  agent.once("close", () => greet(false));
  return {
    agent: () => agent,
    greeted,
    ping: (before = Buffer.alloc(0)) =>
      new Promise((resolve) => {
        const bytes = Buffer.concat([before, encodeFrame(FrameType.PING, 0, Buffer.alloc(0))]);
        pings.push({ bytes, resolve });
        sendPings();
      }),
    take: (next) => {
      owner = next;
      // Deferred until the new owner is ready.
      if (violation !== undefined) setImmediate(next.onViolation, violation);
      else if (held.length > 0) setImmediate(receive, Buffer.alloc(0));
    },
    closed: new Promise((resolve) => agent.once("close", () => resolve())),
  };
}
