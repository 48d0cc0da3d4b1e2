import { once } from "node:events";
import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { askPlainHead } from "../../../../src/oci/registry/plain-head.js";

let server: Server | undefined;
afterEach(() => void server?.close());

/** A server that answers what it is sent as it likes; its URL. */
async function serve(answer: (socket: Socket, request: string) => void): Promise<URL> {
  server = createServer((socket) => {
    socket.on("error", () => undefined);
    socket.once("data", (data) => answer(socket, data.toString("latin1")));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/v2/a/manifests/b?c=d`);
}

const ask = (url: URL, headers = {}, signal = new AbortController().signal, stallMs = 5_000) =>
  askPlainHead(url, { method: "HEAD", headers }, { stallMs, signal });

describe("HEAD by plain HTTP", () => {
  it("gives status and headers of an answer that comes in pieces", async () => {
    let asked = "";
    const url = await serve((socket, request) => {
      asked = request;
      socket.write(
        "HTTP/1.1 401 Unauthorized\r\nDocker-Content-Digest:  x \r\nWWW-Authenticate: Bearer a=b\r",
      );
      setImmediate(() => socket.write("\nwww-authenticate: Basic\r\n\r\nbody"));
    });
    expect(await ask(url, { accept: "a, b" })).toMatchObject({
      statusCode: 401,
      headers: { "docker-content-digest": "x", "www-authenticate": ["Bearer a=b", "Basic"] },
    });
    const lines = [`host: ${url.host}`, "connection: close", "accept: a, b", "", ""];
    expect(asked).toBe(["HEAD /v2/a/manifests/b?c=d HTTP/1.1", ...lines].join("\r\n"));
  });

  it.each([
    ["is no HTTP/1", "HTTP/2 200 OK\r\n\r\n"],
    ["is no last one", "HTTP/1.1 100 Continue\r\n\r\n"],
    ["says something twice", "HTTP/1.1 200 OK\r\nx: 1\r\nX: 1\r\n\r\n"],
    ["folds a line", "HTTP/1.1 200 OK\r\nx: 1\r\n 2\r\n\r\n"],
    ["has a space before a colon", "HTTP/1.1 200 OK\r\nx : 1\r\n\r\n"],
    ["has control characters", "HTTP/1.1 200 OK\r\nx: 1\n2\r\n\r\n"],
    ["has no end", `HTTP/1.1 200 OK\r\nx: ${"1".repeat(20_000)}`],
    ["is not HTTP at all", "220 mail.example.com\r\n\r\n"],
  ])("leaves an answer that %s to another client", async (_, answer) => {
    const url = await serve((socket) => socket.write(answer, "latin1"));
    expect(await ask(url)).toBeUndefined();
  });

  it("leaves a header of two lines to another client", async () => {
    const url = await serve((socket) => socket.end());
    expect(await ask(url, { authorization: "a\r\nx: y" })).toBeUndefined();
  });

  it.each<[string, (socket: Socket) => void, string]>([
    ["closes", (socket) => socket.end("HTTP/1.1 200 OK\r\n"), "ECONNRESET"],
    ["resets", (socket) => socket.resetAndDestroy(), "ECONNRESET"],
    ["says nothing", () => undefined, "UND_ERR_HEADERS_TIMEOUT"],
  ])("fails with a server that %s", async (_, answer, code) => {
    const url = await serve(answer);
    await expect(ask(url, {}, undefined, 200)).rejects.toMatchObject({ code });
  });

  it("fails where nobody listens, and when it is called off", async () => {
    const url = await serve((socket) => socket.pause());
    const abort = new AbortController();
    const asked = ask(url, {}, abort.signal);
    abort.abort();
    await expect(asked).rejects.toMatchObject({ name: "AbortError" });
    await expect(ask(url, {}, abort.signal)).rejects.toMatchObject({ name: "AbortError" });
    server?.close();
    await expect(ask(url)).rejects.toMatchObject({ code: "ECONNREFUSED" });
  });
});
