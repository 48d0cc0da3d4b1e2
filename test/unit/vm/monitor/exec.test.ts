import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { TerminalSize } from "../../../../src/vm/protocol/guest/messages.js";
import { serveExec, type OnDisconnect, type ExecConversation } from "../../../../src/vm/monitor/exec.js";
import { openOutbox } from "../../../../src/vm/monitor/outbox.js";
import type { SessionEvents } from "../../../../src/vm/monitor/session.js";

let command: Socket;
let socket: Socket;
let done: string[];
let events: SessionEvents;

beforeEach(async () => {
  const path = join(tmpdir(), `exec-${process.pid}-${Math.random().toString(36).slice(2)}.sock`);
  const server = createServer().listen(path);
  await once(server, "listening");
  command = connect(path);
  [socket] = (await once(server, "connection")) as [Socket];
  server.close();
  done = [];
});
afterEach(() => {
  command.destroy();
  socket.destroy();
});

function serve(onDisconnect: OnDisconnect): ExecConversation {
  const open = (sessionEvents: SessionEvents) => {
    events = sessionEvents;
    return {
      signal: (signal: number) => void done.push(`signal ${signal}`),
      stdin: (data: Buffer) => void done.push(`stdin ${data.length}`),
      resize: ({ rows, columns }: TerminalSize) => void done.push(`resize ${rows} ${columns}`),
    };
  };
  return serveExec(socket, openOutbox(socket), open, onDisconnect);
}

async function leave(): Promise<void> {
  const closed = once(socket, "close");
  command.destroy();
  await closed;
}

describe("a program started by exec", () => {
  it("receives terminal sizes and signals", () => {
    const exec = serve("hang-up");
    exec.onRequest({ op: "resize", size: { rows: 2, columns: 3 } });
    exec.onRequest({ op: "signal", signal: 10 });
    expect(done).toEqual(["resize 2 3", "signal 10"]);
  });

  it("receives SIGHUP when its command is killed, if it has a terminal", async () => {
    serve("hang-up");
    await leave();
    expect(done).toEqual(["stdin 0", "signal 1"]);
  });

  it("keeps running when its command detaches", async () => {
    serve("hang-up").onRequest({ op: "detach" });
    await leave();
    expect(done).toEqual(["stdin 0"]);
  });

  it("without a terminal keeps running when its command is killed, with stdin closed", async () => {
    serve("keep");
    await leave();
    expect(done).toEqual(["stdin 0"]);
  });

  it("is killed when its command disconnects, in mode kill", async () => {
    serve("kill");
    await leave();
    expect(done).toEqual(["stdin 0", "signal 9"]);
  });

  it("receives nothing more after it has exited", async () => {
    serve("hang-up");
    command.resume();
    const closed = once(socket, "close");
    events.onExit({ code: 0, oomKilled: false });
    await closed;
    expect(done).toEqual([]);
  });
});
