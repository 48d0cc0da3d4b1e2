// @module-tag registry
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { parseReference } from "../../../../src/config/syntax/reference.js";
import type { Limits } from "../../../../src/oci/registry/failure.js";
import { startFaultProxy, type FaultProxy } from "../../../registry/fault-proxy.js";
import { sha256 } from "../../../registry/image.js";
import type { Fault } from "../../../registry/scripted.js";
import {
  cleanups,
  image,
  large,
  manifestOf,
  name,
  pullAs,
  push,
  target,
  user,
  useRegistries,
} from "./fixture.js";

useRegistries(true);

describe("a push with faults", () => {
  /** Starts a proxy in front of the target that applies a fault to the first matching requests. */
  async function behind(times: number, fits: RegExp, fault: (...of: Parameters<Fault>) => unknown) {
    let left = times;
    const proxy = await startFaultProxy(target.host, (request, response) => {
      if (left === 0 || !fits.test(`${request.method ?? ""} ${request.url ?? ""}`)) return false;
      left--;
      return fault(request, response) !== false;
    });
    cleanups.push(proxy.stop);
    return proxy;
  }

  async function pushWhole(proxy: FaultProxy, limits?: Limits, what = large): Promise<void> {
    const reference = `${proxy.host}/${name()}:latest`;
    await pullAs(what, reference);
    await push(reference, limits);
    // The registry has verified the digest; check that the content is the layer's tar.
    const { manifest } = await manifestOf(reference);
    const url = `http://${target.host}/v2/${parseReference(reference).path}/blobs/${manifest.layers[0]?.digest ?? ""}`;
    const blob = Buffer.from(await (await fetch(url)).arrayBuffer());
    expect(sha256(gunzipSync(blob))).toBe(what.diffIds[0]);
  }

  it("resumes where the registry says it stopped if the connection breaks in the middle of a chunk", async () => {
    let goOn = "";
    const proxy = await startFaultProxy(target.host, async (request, response) => {
      const { method = "", url = "", headers } = request;
      if (method === "GET" && goOn !== "") {
        response.writeHead(204, { range: `0-${2 ** 20 - 1}`, location: goOn }).end();
        goOn = "";
        return true;
      }
      if (method !== "PATCH" || headers["content-range"] !== `0-${8 * 2 ** 20 - 1}`) return false;
      // Pass only one MiB of it on to the registry.
      const chunks: Buffer[] = [];
      for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
      const { headers: answer } = await fetch(`http://${target.host}${url}`, {
        method,
        headers: { "content-type": "application/octet-stream" },
        body: new Uint8Array(Buffer.concat(chunks).subarray(0, 2 ** 20)),
      });
      goOn = new URL(answer.get("location") ?? "").pathname + new URL(answer.get("location") ?? "").search;
      request.socket.destroy();
      return true;
    });
    cleanups.push(proxy.stop);
    await pushWhole(proxy);
    const ranges = proxy.requests.flatMap(({ headers }) => headers["content-range"] ?? []);
    expect(ranges.slice(0, 2)).toEqual(["0-8388607", "1048576-8388607"]);
  });

  it("restarts a layer if the registry loses it with the connection, as docker-registry does", async () => {
    const proxy = await behind(1, /^PATCH/, (request) => {
      let bytes = 0;
      request.on("data", (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes > 2 ** 20) request.socket.destroy();
      });
      return false;
    });
    await pushWhole(proxy);
    expect(proxy.count(/^GET .*uploads/)).toBe(1);
  });

  it.each([
    ["the registry is busy", /^PATCH/, 503, large],
    ["the registry expects a different range", /^PATCH/, 416, large],
    ["the registry has lost the upload", /^PATCH/, 404, large],
    ["the start of an upload is rate-limited", /^POST/, 429, image],
    ["the end of an upload fails", /^PUT .*digest=/, 500, large],
    ["the manifest is not accepted at first", /^PUT .*manifests/, 502, image],
  ])("succeeds if %s", async (_, fits, status, what) => {
    const proxy = await behind(1, fits, (request, response) => {
      request.resume();
      response.writeHead(status, { "retry-after": "0" }).end();
    });
    await pushWhole(proxy, undefined, what);
  });

  it("succeeds if the registry receives a chunk and never responds", async () => {
    const proxy = await behind(1, /^PATCH/, (request) => void request.resume());
    await pushWhole(proxy, { stallMs: 500, attempts: 4, backoffMs: 5 });
    expect(proxy.count(/^PATCH/)).toBe(3);
  });

  it("recognizes that a blob is complete if only the response was lost", async () => {
    const proxy = await behind(1, /^PUT .*digest=/, (_, response) => {
      response.end = () => response.destroy();
      return false;
    });
    await pushWhole(proxy);
  });

  it("fails with one line that has the registry's message", async () => {
    const proxy = await behind(99, /^PUT .*manifests/, (request, response) => {
      request.resume();
      response.writeHead(400).end('{"errors":[{"code":"MANIFEST_INVALID","message":"not today"}]}');
    });
    const reference = `${proxy.host}/${name()}:latest`;
    await pullAs(image, reference);
    await expect(push(reference)).rejects.toMatchObject({
      code: "registry-failed",
      message: expect.stringMatching(/status 400 for .* \(MANIFEST_INVALID: not today\)$/) as string,
    });
  });

  it("fails if the registry keeps failing", async () => {
    const proxy = await behind(99, /^PATCH/, (request, response) => {
      request.resume();
      response.writeHead(500).end();
    });
    const reference = `${proxy.host}/${name()}:latest`;
    await pullAs(large, reference);
    await expect(push(reference)).rejects.toMatchObject({ code: "registry-failed" });
  });

  it("fails rather than commit a layer that is damaged on the disk", async () => {
    const reference = `${target.host}/${name()}:latest`;
    await pullAs(image, reference);
    const [diffId = ""] = image.diffIds;
    const tar = join(user.folder, "box", "layers", `${diffId.slice(7)}.tar`);
    const data = await readFile(tar);
    data[600] = (data[600] ?? 0) ^ 0xff;
    await writeFile(tar, data);
    await expect(push(reference)).rejects.toMatchObject({
      code: "image-damaged",
      message: expect.stringContaining(diffId) as string,
    });
    expect((await manifestOf(reference)).digest).toBeNull();
  });
});
