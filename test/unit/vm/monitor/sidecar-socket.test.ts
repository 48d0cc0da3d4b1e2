import { once } from "node:events";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { STREAM_WINDOW } from "../../../../src/vm/protocol/guest/frames.js";
import type { SessionEvents } from "../../../../src/vm/monitor/session.js";
import { serveSidecar } from "../../../../src/vm/monitor/sidecar-socket.js";

let folder: string;
let path: string;
let close: () => void;
let opened: Promise<SessionEvents>;
const received: Buffer[] = [];
const session = {
  stdin: vi.fn((data: Buffer) => void received.push(data)),
  signal: vi.fn(),
  resize: vi.fn(),
};
const bytes = () => Buffer.concat(received).length;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sidecar-socket-"));
  path = join(folder, "s");
  received.length = 0;
  vi.clearAllMocks();
  opened = new Promise((resolve) => {
    close = serveSidecar(path, (events) => {
      resolve(events);
      return session;
    });
  });
});
afterEach(() => {
  close();
  rmSync(folder, { recursive: true });
});

describe("the socket of a sidecar", () => {
  it("passes data in both directions, and their ends", async () => {
    const socket = connect(path).on("error", () => undefined);
    const events = await opened;
    expect(statSync(path).mode & 0o777).toBe(0o600);
    socket.end("asked");
    await vi.waitFor(() => expect(session.stdin).toHaveBeenLastCalledWith(Buffer.alloc(0)));
    expect(Buffer.concat(received).toString()).toBe("asked");
    const acknowledge = vi.fn();
    events.onOutput("stdout", Buffer.from("answer"), acknowledge);
    events.onExit({ code: 0, oomKilled: false });
    expect(await text(socket)).toBe("answer");
    expect(acknowledge).toHaveBeenCalledWith(6);
    expect(session.signal).not.toHaveBeenCalled();
  });

  it("never sends more than the guest's window", async () => {
    const socket = connect(path);
    const events = await opened;
    socket.end(Buffer.alloc(STREAM_WINDOW + 1000));
    await vi.waitFor(() => expect(bytes()).toBe(STREAM_WINDOW));
    events.onStdinWindow?.(STREAM_WINDOW);
    await vi.waitFor(() => expect(session.stdin).toHaveBeenLastCalledWith(Buffer.alloc(0)));
    expect(bytes()).toBe(STREAM_WINDOW + 1000);
  });

  it("ends the session of a client that is gone", async () => {
    const socket = connect(path);
    await opened;
    const killed = new Promise((resolve) => session.signal.mockImplementationOnce(resolve));
    socket.destroy();
    // Its end counts as the end of its data, until the other direction has closed, too.
    (await opened).onOutput("stdout", Buffer.from("x"), () => undefined);
    await killed;
  });

  it("closes the connection if the guest refuses it", async () => {
    const socket = connect(path);
    const closed = once(socket, "close");
    (await opened).onFailure({ code: "not-ready", message: "the sidecar is not running" });
    await closed;
  });
});
