// @module-tag registry
import type { OutgoingHttpHeaders, ServerResponse } from "node:http";
import { describe, expect, it } from "vitest";
import { startFaultProxy, type FaultProxy } from "../../../registry/fault-proxy.js";
import { DOCKER, makeImage } from "../../../registry/image.js";
import type { Fault } from "../../../registry/scripted.js";
import {
  cleanups,
  image,
  large,
  manifestOf,
  name,
  pullAs,
  push,
  tars,
  target,
  useRegistries,
} from "./fixture.js";

useRegistries(true);

const MIB = 2 ** 20;

async function before(fault?: Fault): Promise<FaultProxy> {
  const proxy = await startFaultProxy(target.host, fault);
  cleanups.push(proxy.stop);
  return proxy;
}

/** Changes the headers of the registry's response. */
function change(response: ServerResponse, edit: (headers: OutgoingHttpHeaders) => OutgoingHttpHeaders): void {
  const write = response.writeHead.bind(response);
  response.writeHead = ((status: number, headers: OutgoingHttpHeaders) =>
    write(status, edit(headers))) as typeof response.writeHead;
}

async function pushThrough(proxy: FaultProxy, what = image): Promise<string> {
  const reference = `${proxy.host}/${name()}:latest`;
  await pullAs(what, reference);
  await push(reference);
  return reference;
}

const of = ({ requests }: FaultProxy, method: string) =>
  requests.filter(({ line }) => line.startsWith(`${method} `));

describe("a push", () => {
  it("starts uploads with an empty body, sends chunks in order, with range and type, and completes them at the location from the registry", async () => {
    const proxy = await before();
    await pushThrough(proxy, large);
    expect(of(proxy, "POST").map(({ headers }) => headers["content-length"])).toEqual(["0", "0"]);
    const chunks = of(proxy, "PATCH").map(({ headers }) => headers);
    expect(chunks.map((headers) => headers["content-type"])).toEqual(
      Array(2).fill("application/octet-stream"),
    );
    let next = 0;
    for (const headers of chunks) {
      const [, first, last] = /^(\d+)-(\d+)$/.exec(headers["content-range"] ?? "") ?? [];
      expect(Number(first)).toBe(next);
      next = Number(last) + 1;
      expect(Number(headers["content-length"])).toBe(next - Number(first));
    }
    // Including its query, with the digest of the blob.
    const ends = of(proxy, "PUT").filter(({ line }) => line.includes("/uploads/"));
    expect(ends.length).toBe(2);
    for (const { line } of ends) expect(line).toMatch(/[?&]_state=[^&]+&digest=sha256%3A[0-9a-f]{64}$/);
  });

  it("sends a small blob in one request after the first", async () => {
    const proxy = await before();
    await pushThrough(proxy);
    // Two layers and the configuration.
    expect(of(proxy, "POST").length).toBe(3);
    expect(of(proxy, "PATCH").length).toBe(0);
    expect(of(proxy, "PUT").length).toBe(4);
  });

  it("sends the manifest last, with its own type and without parameters", async () => {
    for (const types of [undefined, DOCKER]) {
      const proxy = await before();
      const what = makeImage(tars, types ? { types } : {});
      await pushThrough(proxy, what);
      const last = proxy.requests.at(-1);
      expect(last?.line).toMatch(/^PUT .*\/manifests\/latest$/);
      expect(last?.headers["content-type"]).toBe(what.mediaType);
    }
  });
});

describe("the registry of a push", () => {
  it.each([
    ["without a host", (location: URL) => location.pathname + location.search],
    ["with its host", (location: URL) => location.href],
  ])("may return locations %s", async (_, form) => {
    const proxy = await before((_request, response) => {
      change(response, ({ location, ...headers }) =>
        typeof location === "string" ? { ...headers, location: form(new URL(location)) } : headers,
      );
      return false;
    });
    expect((await manifestOf(await pushThrough(proxy, large))).digest).not.toBeNull();
  });

  it("gets chunks at least as large as it requires", async () => {
    const proxy = await before((_, response) => {
      change(response, (headers) => ({ ...headers, "oci-chunk-min-length": String(8.25 * MIB) }));
      return false;
    });
    await pushThrough(proxy, large);
    expect(of(proxy, "PATCH")[0]?.headers["content-range"]).toBe(`0-${8.25 * MIB - 1}`);
  });

  it.each(["1000000000000", "many"])("is refused if it requires chunks of %s bytes", async (size) => {
    const proxy = await before((_, response) => {
      change(response, (headers) => ({ ...headers, "oci-chunk-min-length": size }));
      return false;
    });
    await expect(pushThrough(proxy, large)).rejects.toMatchObject({ code: "registry-failed" });
  });

  it("may start an upload in response to a mount, which is then used", async () => {
    let forgotten = false;
    const proxy = await before((request) => {
      if (forgotten) request.url = request.url?.replace(/from=[^&]+/, "from=no%2Fsuch") ?? "";
      return false;
    });
    await pushThrough(proxy);
    // The registry no longer has the first repository, but box remembers it.
    forgotten = true;
    proxy.requests.length = 0;
    await pushThrough(proxy);
    const posts = of(proxy, "POST");
    // One for each layer, and one for the configuration: no layer starts two uploads.
    expect(posts.length).toBe(3);
    expect(posts.filter(({ line }) => line.includes("mount=")).length).toBe(2);
  });
});
