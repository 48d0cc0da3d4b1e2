import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { connect, createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { afterEach, beforeEach, expect, it } from "vitest";
import { feedSession } from "../../../../src/vm/copy/conversation.js";
import { createDecoder, encodeJson, encodeWindow, Kind } from "../../../../src/vm/protocol/control/wire.js";

const PIECES = 400;
const PIECE = 32_768;

let folder: string;
let monitor: Server;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "box-feed-"));
  // Consumes everything and returns the window.
  monitor = createServer((socket) => {
    const decode = createDecoder((kind, payload) => {
      if (kind !== Kind.stdin) return;
      if (payload.length > 0) socket.write(encodeWindow(payload.length));
      else socket.end(encodeJson({ event: "exited", exitCode: 0, oomKilled: false }));
    });
    socket.on("data", decode);
  });
  monitor.listen(join(folder, "socket"));
  await once(monitor, "listening");
});
afterEach(() => {
  monitor.close();
  rmSync(folder, { recursive: true });
});

it("data sent to a box is not retained until everything has been sent", async () => {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  const sent: WeakRef<Uint8Array>[] = [];
  let kept = PIECES;
  async function* content() {
    for (let i = 0; i < PIECES; i++) {
      const piece = Buffer.alloc(PIECE, i);
      sent.push(new WeakRef(piece));
      yield piece;
      await new Promise((resolve) => setImmediate(resolve));
    }
    collect();
    kept = sent.filter((piece) => piece.deref() !== undefined).length;
  }
  const socket = connect(join(folder, "socket"));
  const copy = {
    kind: "write",
    path: "/",
    name: "",
    follow: false,
    keepOwners: false,
  } as const;
  expect(await feedSession(socket, copy, content())).toMatchObject({
    ending: { event: "exited" },
  });
  expect(kept).toBeLessThan(PIECES / 4);
});
