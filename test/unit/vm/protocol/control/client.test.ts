import { spawn } from "node:child_process";
import { once } from "node:events";
import type { Socket } from "node:net";
import { expect, it, vi } from "vitest";
import { BoxError } from "../../../../../src/errors.js";
import { explainEnd, follow, send } from "../../../../../src/vm/protocol/control/client.js";

const WHY = new BoxError("launch-failed", "the reason");

/** Starts a child that plays the monitor and exits when its stdin is closed. */
function converse(script: string): { socket: Socket; end: () => void; explain: () => Promise<BoxError> } {
  const child = spawn("sh", ["-c", script], { stdio: ["pipe", "ignore", "inherit", "pipe"] });
  const socket = child.stdio[3] as Socket;
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
