import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { expect, it, onTestFinished, vi } from "vitest";
import { BoxError } from "../../../../../src/errors.js";
import { homeOf } from "../../../../../src/host/home.js";
import { readToEnd } from "../../../../../src/host/read-to-end.js";
import {
  connectToSocket,
  explainEnd,
  follow,
  send,
  sendStdin,
} from "../../../../../src/vm/protocol/control/client.js";
import { encode, encodeJson, Kind } from "../../../../../src/vm/protocol/control/wire.js";

const WHY = new BoxError("launch-failed", "the reason");

/** Starts a child that plays the monitor and exits when its stdin is closed. */
function converse(script: string): { socket: Socket; end: () => void; explain: () => Promise<BoxError> } {
  const child = spawn("sh", ["-c", script], { stdio: ["pipe", "ignore", "inherit", "pipe"] });
  const socket = readToEnd(child.stdio[3] as Socket);
  const exited = once(child, "exit");
  const explain = vi.fn(() => exited.then(() => WHY));
  explainEnd(socket, explain);
  return { socket, end: () => child.stdin?.end(), explain };
}

it.each([
  ["has not read the request", "read line", true],
  ["has read the whole request", "head -c 46 <&3 >/dev/null; read line", true],
  ["received no request", "read line", false],
])("a conversation closed by a peer that %s rejects with the peer's reason", async (_, script, asks) => {
  const { socket, end } = converse(script);
  if (asks) send(socket, { op: "attach", stdin: false });
  const following = follow(socket, {});
  end();
  await expect(following).rejects.toBe(WHY);
});

it("a request sent after the peer has exited does not change the reason", async () => {
  const { socket } = converse("exit 1");
  await once(socket.resume(), "end");
  const following = follow(socket, {});
  send(socket, { op: "attach", stdin: false });
  await expect(following).rejects.toBe(WHY);
});

it("a conversation closed by this end does not wait for a reason", async () => {
  const { socket, end, explain } = converse("read line");
  const following = follow(socket, {});
  socket.destroy();
  await expect(following).rejects.toMatchObject({ code: "monitor-died" });
  expect(explain).not.toHaveBeenCalled();
  end();
});

it("a command that is suspended when its box exits gets output and exit code, whatever it sends then", async () => {
  const folder = await mkdtemp(join(tmpdir(), "box-client-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  // A monitor that exits without having read everything.
  const server = createServer({ pauseOnConnect: true }).listen(join(folder, "one"));
  await once(server, "listening");
  const connection = once(server, "connection") as Promise<[Socket]>;
  const socket = await connectToSocket(homeOf({ BOX_HOME: folder, BOX_RUNTIME: folder }), "one");
  const [monitor] = await connection;
  server.close();
  if (!socket) throw new Error("not connected");
  let output = 0;
  const following = follow(socket, { onOutput: (_, data) => (output += data.length) });
  sendStdin(socket, Buffer.from("unread"));
  await setImmediate();
  // From here on, this process does not get to read until everything has happened.
  monitor.write(encode(Kind.stdout, Buffer.alloc(100_000)));
  monitor.write(encodeJson({ event: "exited", exitCode: 7, oomKilled: false }));
  monitor.destroy();
  sendStdin(socket, Buffer.from("too late"));
  expect(await following).toMatchObject({ event: "exited", exitCode: 7 });
  expect(output).toBe(100_000);
});
