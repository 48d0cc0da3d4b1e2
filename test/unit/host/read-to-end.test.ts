import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readToEnd } from "../../../src/host/read-to-end.js";

/** More than one read of Node. */
const DATA = Buffer.alloc(100_000, "x");

let peer: Socket;
let socket: Socket;

beforeEach(async () => {
  const path = join(tmpdir(), `read-to-end-${process.pid}-${Math.random().toString(36).slice(2)}.sock`);
  // The peer reads nothing.
  const server = createServer({ pauseOnConnect: true }).listen(path);
  await once(server, "listening");
  socket = readToEnd(connect(path));
  [peer] = (await once(server, "connection")) as [Socket];
  if (socket.connecting) await once(socket, "connect");
  server.close();
});
afterEach(() => {
  peer.destroy();
  socket.destroy();
});

/** Collects what arrives, without pausing. */
function collect(): { bytes: () => number; closed: Promise<unknown> } {
  let bytes = 0;
  socket.on("data", (chunk: Buffer) => (bytes += chunk.length));
  return { bytes: () => bytes, closed: once(socket, "close") };
}

/** The peer sends data and disconnects. This process does not get to read in between. */
function sendAndLeave(): void {
  peer.write(DATA);
  peer.destroy();
}

describe("a socket that is read to its end", () => {
  it.each([
    ["once", () => socket.write("late")],
    ["several times at once", () => ["late", "and", "later"].forEach((text) => socket.write(text))],
    [
      "several pieces together",
      () => {
        socket.cork();
        for (const text of ["late", "and", "later"]) socket.write(text);
        socket.uncork();
      },
    ],
    ["for the last time", () => socket.end("late")],
  ])("delivers what has arrived if it writes %s after its peer has disconnected", async (_, write) => {
    const { bytes, closed } = collect();
    sendAndLeave();
    write();
    await closed;
    expect(bytes()).toBe(DATA.length);
    expect(socket.errored).toBe(null);
  });

  it("reports what it wrote to a peer that has disconnected as written", async () => {
    const { closed } = collect();
    sendAndLeave();
    await new Promise<void>((resolve, reject) =>
      socket.write("late", (error) => (error ? reject(error) : resolve())),
    );
    await closed;
  });

  it("delivers what has arrived if its peer has not read everything", async () => {
    const { bytes, closed } = collect();
    await new Promise((resolve) => socket.write("unread", resolve));
    sendAndLeave();
    await closed;
    expect(bytes()).toBe(DATA.length);
  });

  it("delivers what its reader has not taken yet when the peer disconnects without reading everything", async () => {
    const { bytes, closed } = collect();
    socket.pause();
    await new Promise((resolve) => socket.write("unread", resolve));
    peer.write("arrived");
    while (socket.readableLength === 0) await setImmediate();
    peer.destroy();
    // In between, the event loop reports the reset.
    for (let turn = 0; turn < 2; turn++) await setImmediate();
    expect(bytes()).toBe(0);
    socket.resume();
    await closed;
    expect(bytes()).toBe(7);
    expect(socket.errored).toBe(null);
  });

  it("delivers everything to a loop over it", async () => {
    await new Promise((resolve) => socket.write("unread", resolve));
    sendAndLeave();
    socket.write("late");
    let bytes = 0;
    for await (const chunk of socket as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      await setImmediate();
    }
    expect(bytes).toBe(DATA.length);
  });

  it("still fails with the error that it is destroyed with", async () => {
    const failed = once(socket, "error");
    socket.destroy(new Error("the reason"));
    expect(await failed).toMatchObject([{ message: "the reason" }]);
    expect(socket.destroyed).toBe(true);
  });
});
