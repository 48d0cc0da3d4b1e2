import { once } from "node:events";
import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { askPlainHead } from "../../../../src/oci/registry/plain-head.js";

let server: Server | undefined;
afterEach(() => void server?.close());

/** Starts a server that responds with `answer`. @returns its URL */
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
  it("returns the status and headers of a response that arrives in several parts", async () => {
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
    ["is not HTTP/1", "HTTP/2 200 OK\r\n\r\n"],
    ["is informational", "HTTP/1.1 100 Continue\r\n\r\n"],
    ["has a duplicate field", "HTTP/1.1 200 OK\r\nx: 1\r\nX: 1\r\n\r\n"],
    ["folds a line", "HTTP/1.1 200 OK\r\nx: 1\r\n 2\r\n\r\n"],
    ["has a space before a colon", "HTTP/1.1 200 OK\r\nx : 1\r\n\r\n"],
    ["has control characters", "HTTP/1.1 200 OK\r\nx: 1\n2\r\n\r\n"],
    ["has no end", `HTTP/1.1 200 OK\r\nx: ${"1".repeat(20_000)}`],
    ["is not HTTP at all", "220 mail.example.com\r\n\r\n"],
  ])("leaves a response that %s to another client", async (_, answer) => {
    const url = await serve((socket) => socket.write(answer, "latin1"));
    expect(await ask(url)).toBeUndefined();
  });

  it("leaves a request header with a line break to another client", async () => {
    const url = await serve((socket) => socket.end());
    expect(await ask(url, { authorization: "a\r\nx: y" })).toBeUndefined();
  });

  it.each<[string, (socket: Socket) => void, string]>([
    ["closes the connection", (socket) => socket.end("HTTP/1.1 200 OK\r\n"), "ECONNRESET"],
    ["resets the connection", (socket) => socket.resetAndDestroy(), "ECONNRESET"],
    ["sends nothing", () => undefined, "UND_ERR_HEADERS_TIMEOUT"],
  ])("fails if the server %s", async (_, answer, code) => {
    const url = await serve(answer);
    await expect(ask(url, {}, undefined, 200)).rejects.toMatchObject({ code });
  });

  it("fails if nothing listens on the port, and when it is aborted", async () => {
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
