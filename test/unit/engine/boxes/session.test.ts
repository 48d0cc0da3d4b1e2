import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { expect, it, onTestFinished, vi } from "vitest";
import { openSession, untilStarted } from "../../../../src/engine/boxes/session.js";
import {
  createDecoder,
  encode,
  encodeJson,
  encodeWindow,
  Kind,
} from "../../../../src/vm/protocol/control/wire.js";
import { STREAM_WINDOW } from "../../../../src/vm/protocol/guest/frames.js";

/** Opens a control stream, and returns it with the monitor's end. */
async function connected() {
  const folder = await mkdtemp(join(tmpdir(), "box-session-"));
  const server = createServer().listen(join(folder, "socket"));
  const [[monitor], socket] = (await Promise.all([
    once(server, "connection"),
    new Promise((resolve) => {
      const made = connect(join(folder, "socket"), () => resolve(made));
    }),
  ])) as [[Socket], Socket];
  onTestFinished(async () => {
    monitor.destroy();
    socket.destroy();
    server.close();
    await rm(folder, { recursive: true });
  });
  return { monitor, socket };
}

/** Opens a session, and returns it with the monitor's end of its stream. */
async function converse() {
  const { monitor, socket } = await connected();
  return { monitor, session: openSession(socket, { op: "attach", stdin: true }) };
}

const exited = encodeJson({ event: "exited", exitCode: 3, oomKilled: false });

it("sends as much stdin as the program can accept, then the rest, then its end", async () => {
  const { monitor, session } = await converse();
  let received = 0;
  let ended: () => void = () => undefined;
  const end = new Promise<void>((resolve) => (ended = resolve));
  const decode = createDecoder((kind, payload) => {
    if (kind !== Kind.stdin) return;
    received += payload.length;
    if (payload.length === 0) ended();
  });
  monitor.on("data", decode);
  const followed = session.follow({});
  expect(session.write(Buffer.alloc(STREAM_WINDOW))).toBe(undefined);
  const held = session.write(Buffer.alloc(10));
  session.closeStdin();
  expect(held).toBeInstanceOf(Promise);
  monitor.write(encodeWindow(4));
  monitor.write(encodeWindow(6));
  await Promise.all([held, end]);
  expect(received).toBe(STREAM_WINDOW + 10);
  monitor.end(exited);
  expect(await followed).toEqual({ exitCode: 3 });
});

it("releases a caller that waits to send stdin when the program exits", async () => {
  const { monitor, session } = await converse();
  const followed = session.follow({});
  const held = session.write(Buffer.alloc(STREAM_WINDOW + 1));
  monitor.resume().end(exited);
  await Promise.all([held, followed]);
});

it("pauses the box's output for a slow reader", async () => {
  const { monitor, session } = await converse();
  monitor.resume();
  let received = 0;
  let proceed: () => void = () => undefined;
  let first: () => void = () => undefined;
  const begun = new Promise<void>((resolve) => (first = resolve));
  const ready = new Promise<void>((resolve) => (proceed = resolve));
  const followed = session.follow({
    onOutput: (_, data) => {
      received += data.length;
      first();
      return ready;
    },
  });
  const piece = encode(Kind.stdout, Buffer.alloc(65_536));
  // More than the socket's buffers hold, so that a write eventually has to wait.
  while (monitor.write(piece));
  for (let i = 0; i < 100; i++) monitor.write(piece);
  await begun;
  expect(monitor.writableLength).toBeGreaterThan(0);
  expect(received).toBeLessThan(100 * 65_536);
  const all = monitor.end(exited);
  proceed();
  await followed;
  expect(received).toBeGreaterThanOrEqual(100 * 65_536);
  expect(all.writableLength).toBe(0);
});

it("leaves no rejection unhandled if it is already aborted when it begins to wait for a start", async () => {
  const { socket } = await connected();
  const unhandled = vi.fn();
  process.on("unhandledRejection", unhandled);
  onTestFinished(() => {
    process.off("unhandledRejection", unhandled);
  });
  const reason = new Error("no longer wanted");
  const closed = once(socket, "close");
  await expect(untilStarted(socket, "workload", AbortSignal.abort(reason))).rejects.toBe(reason);
  await closed;
  await setImmediate();
  expect(unhandled).not.toHaveBeenCalled();
});
