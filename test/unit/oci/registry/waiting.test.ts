import { describe, expect, it } from "vitest";
import { PassingFailure, pause, retryAfterMs, type Limits } from "../../../../src/oci/registry/failure.js";
import { makeImage, makeTar } from "../../../registry/image.js";
import type { Fault } from "../../../registry/scripted.js";
import { openScripted, read } from "./scripted-repository.js";

const image = makeImage([makeTar({ hello: "world".repeat(2000) })], {
  compress: (tar) => tar,
  layerSuffix: "",
});
const [layer] = image.layers;
if (!layer) throw new Error("no layer");
const content = image.blobs.get(layer.digest) ?? Buffer.alloc(0);

const open = (limits: Limits, fault: Fault) => openScripted(image, fault, limits);

describe("Retry-After", () => {
  const now = Date.parse("1994-11-06T08:49:30Z");
  it.each([
    ["7", 7000],
    ["0", 0],
    ["Sun, 06 Nov 1994 08:49:37 GMT", 7000],
    ["Sunday, 06-Nov-94 08:49:37 GMT", 7000],
    ["Sun Nov  6 08:49:37 1994", 7000],
    ["Sun, 06 Nov 1994 08:49:20 GMT", 0],
    ["Sun, 06 Nov 1994 08:49:37", undefined],
    ["-7", undefined],
    ["7.5", undefined],
    ["soon", undefined],
    ["1e9", undefined],
    ["99999999999", undefined],
    [undefined, undefined],
    [["7", "8"], undefined],
  ])("%j means %j ms", (value, expected) => {
    expect(retryAfterMs(value, now)).toBe(expected);
  });

  it.each<[string, () => string]>([
    ["seconds", () => "1"],
    // A date has no fractions of seconds: two seconds ahead is at least one second.
    ["a date", () => new Date(Date.now() + 2000).toUTCString()],
  ])("of a registry, as %s, is heeded", { tags: "slow" }, async (_, value) => {
    let refused = 0;
    const { repository } = await open(
      { stallMs: 30_000, attempts: 2, backoffMs: 1 },
      (_request, response) => {
        if (refused > 0) return false;
        refused = performance.now();
        response.writeHead(429, { "retry-after": value() }).end();
        return true;
      },
    );
    await repository.manifest("latest");
    expect(performance.now() - refused).toBeGreaterThan(900);
  });

  it("of a year is limited to the maximum delay", async () => {
    const abort = new AbortController();
    const failure = new PassingFailure("busy", { waitMs: 365 * 24 * 3600 * 1000 });
    const limits = { stallMs: 1, attempts: 1, backoffMs: 1 };
    const waited = pause(1, failure, limits, abort.signal, 20);
    await expect(waited).resolves.toBeUndefined();
  });
});

describe("a peer", () => {
  const PIECES = 20;
  const piece = Math.ceil(content.length / PIECES);

  it("that keeps sending a little is slow, not gone: it is asked once", { tags: "slow" }, async () => {
    const { registry, repository } = await open(
      { stallMs: 1000, attempts: 2, backoffMs: 1 },
      (request, response) => {
        if (!request.url?.includes("/blobs/")) return false;
        response.writeHead(200, { "content-length": content.length });
        let sent = 0;
        const timer = setInterval(() => {
          response.write(content.subarray(sent, (sent += piece)));
          if (sent < content.length) return;
          clearInterval(timer);
          response.end();
        }, 100);
        return true;
      },
    );
    const started = performance.now();
    expect((await read(repository.blob(layer))).equals(content)).toBe(true);
    expect(performance.now() - started).toBeGreaterThan(1500);
    expect(registry.count("/blobs/")).toBe(1);
  });

  it("that stops sending is asked again for the rest", async () => {
    let requests = 0;
    const { registry, repository } = await open(
      { stallMs: 300, attempts: 2, backoffMs: 1 },
      (_, response) => {
        if (requests++ > 0) return false;
        response.writeHead(200, { "content-length": content.length });
        response.write(content.subarray(0, piece));
        return true;
      },
    );
    expect((await read(repository.blob(layer))).equals(content)).toBe(true);
    expect(registry.requests.map(({ headers }) => headers.range)).toEqual([undefined, `bytes=${piece}-`]);
  });
});
