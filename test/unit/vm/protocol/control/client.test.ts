import { spawn } from "node:child_process";
import { once } from "node:events";
import type { Socket } from "node:net";
import { expect, it, vi } from "vitest";
import { BoxError } from "../../../../../src/errors.js";
import { explainEnd, follow, send } from "../../../../../src/vm/protocol/control/client.js";

const WHY = new BoxError("launch-failed", "the reason");

/** A child in the monitor's place that ends when its stdin does. */
function converse(script: string): { socket: Socket; end: () => void; explain: () => Promise<BoxError> } {
  const child = spawn("sh", ["-c", script], { stdio: ["pipe", "ignore", "inherit", "pipe"] });
  const socket = child.stdio[3] as Socket;
  const exited = once(child, "exit");
  const explain = vi.fn(() => exited.then(() => WHY));
  explainEnd(socket, explain);
  return { socket, end: () => child.stdin?.end(), explain };
}

it.each([
  ["has read nothing of it", "read line", true],
  ["has read all of it", "head -c 46 <&3 >/dev/null; read line", true],
  ["was asked nothing", "read line", false],
])("a conversation that the other end closes, which %s, ends with its reason", async (_, script, asks) => {
  const { socket, end } = converse(script);
  if (asks) send(socket, { op: "attach", stdin: false });
  const following = follow(socket, {});
  end();
  await expect(following).rejects.toBe(WHY);
});

it("a request that comes after the other end's end leaves the reason as it is", async () => {
  const { socket } = converse("exit 1");
  await once(socket.resume(), "end");
  const following = follow(socket, {});
  send(socket, { op: "attach", stdin: false });
  await expect(following).rejects.toBe(WHY);
});

it("a conversation that this end closes waits for no reason", async () => {
  const { socket, end, explain } = converse("read line");
  const following = follow(socket, {});
  socket.destroy();
  await expect(following).rejects.toMatchObject({ code: "monitor-died" });
  expect(explain).not.toHaveBeenCalled();
  end();
});
