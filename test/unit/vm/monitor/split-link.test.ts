import { PassThrough } from "node:stream";
import type { Socket } from "node:net";
import { beforeEach, describe, expect, it } from "vitest";
import {
  createFrameParser,
  FOR_SIDECAR,
  FrameType,
  nameOf,
  type Frame,
} from "../../../../src/vm/protocol/guest/frames.js";
import type { GuestLink, GuestOwner } from "../../../../src/vm/monitor/guest-link.js";
import { splitLink, type SplitLink } from "../../../../src/vm/monitor/split-link.js";

const EMPTY = Buffer.alloc(0);
const frame = (name: keyof typeof FrameType, flags = 0): Frame => ({
  ...{ type: FrameType[name], channel: 0, flags, payload: EMPTY },
});

let sent: PassThrough;
let owner: GuestOwner;
let split: SplitLink;
let own: string[];
let ofSidecar: string[];

const note = (list: string[]): GuestOwner => ({
  onFrames: (frames) => list.push(...frames.map(({ type, flags }) => `${nameOf(type)} ${flags}`)),
  onViolation: () => undefined,
});

beforeEach(() => {
  sent = new PassThrough();
  [own, ofSidecar] = [[], []];
  const link: GuestLink = {
    agent: () => sent as unknown as Socket,
    greeted: Promise.resolve(true),
    ping: () => Promise.resolve(),
    take: (taker) => (owner = taker),
    closed: new Promise(() => undefined),
  };
  split = splitLink(link);
  split.own.take(note(own));
});

/** The frames that were sent to the guest. */
const toGuest = () =>
  createFrameParser()(sent.read() as Buffer).map(({ type, flags, payload }) => [
    nameOf(type),
    flags,
    payload.toString("hex"),
  ]);

describe("the stream of a box with a sidecar", () => {
  it("is split by the flag of its frames, which the receiver does not see", () => {
    split.startSidecar({ offset: 4096, redirectTo: 8080 }).take(note(ofSidecar));
    expect(toGuest()).toEqual([["SIDECAR", 0, "0010000000000000901f"]]);
    owner.onFrames([frame("HELLO", FOR_SIDECAR), frame("CONFIGURED"), frame("STDOUT", FOR_SIDECAR)]);
    expect([own, ofSidecar]).toEqual([["CONFIGURED 0"], ["HELLO 0", "STDOUT 0"]]);
  });

  it("has no frames of a sidecar before it was started and after its end", async () => {
    expect(() => owner.onFrames([frame("HELLO", FOR_SIDECAR)])).toThrow("has not been started");
    const sidecar = split.startSidecar({ offset: 512, redirectTo: 0 });
    sidecar.take(note(ofSidecar));
    owner.onFrames([frame("SIDECAR")]);
    await sidecar.closed;
    expect(() => owner.onFrames([frame("STDOUT", FOR_SIDECAR)])).toThrow("has not been started");
  });

  it("leaves the end of a sidecar that was not started to the box's own guest, which refuses it", () => {
    owner.onFrames([frame("SIDECAR")]);
    expect(own).toEqual(["SIDECAR 0"]);
  });

  it("kills a sidecar with a flagged SHUTDOWN, if one was started", () => {
    split.endSidecar();
    expect(sent.read()).toBeNull();
    split.startSidecar({ offset: 512, redirectTo: 0 });
    split.endSidecar();
    expect(toGuest().at(-1)).toEqual(["SHUTDOWN", FOR_SIDECAR, ""]);
  });
});
