// @module-tag slow
import { once } from "node:events";
import { createServer, type AddressInfo, type Server } from "node:net";
import { expect, it, onTestFinished } from "vitest";
import { listsServer, tryHttp, tryPort } from "../../../src/library/probe.js";

const TABLES = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1 1 0 100 0 0 10 0
   1: 0A02000F:0050 0202000A:D2F0 01 00000000:00000000 00:00000000 00000000     0        0 2 1 0 20 4 30 10 -1
   0: 00000000000000000000000000000000:0016 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000
`;

async function listen(
  onConnection: Parameters<typeof createServer>[1],
): Promise<{ host: string; port: number }> {
  const server: Server = createServer(onConnection).listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  return { host: "127.0.0.1", port: (server.address() as AddressInfo).port };
}

it("finds servers, but not connections, in the kernel's tables", () => {
  expect([8080, 22, 80, 8081].map((port) => listsServer(TABLES, port))).toEqual([true, true, false, false]);
});

it("distinguishes a server that answers or keeps the connection open from one that is missing or closes it", async () => {
  const { signal } = new AbortController();
  const speaks = await listen((socket) => void socket.end("hello"));
  const stays = await listen((socket) => void socket.on("error", () => undefined));
  const closes = await listen((socket) => void socket.resetAndDestroy());
  expect(await Promise.all([speaks, stays, closes].map((place) => tryPort(place, signal)))).toEqual([
    "answered",
    "silent",
    "closed",
  ]);
  expect(await tryPort({ host: "127.0.0.1", port: 1 }, signal)).toBe("closed");
});

it("treats a response that is not HTTP as no answer", async () => {
  const { signal } = new AbortController();
  const place = await listen((socket) => void socket.end("hello"));
  expect(await tryHttp(place, "/", signal)).toBeUndefined();
  const http = await listen((socket) => void socket.end("HTTP/1.1 503 Busy\r\ncontent-length: 0\r\n\r\n"));
  expect(await tryHttp(http, "/", signal)).toBe(503);
});
