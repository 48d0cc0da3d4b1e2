import { describe, expect, it } from "vitest";
import { registryUrl } from "../../../../src/oci/registry/endpoint.js";
import { makeImage, makeTar } from "../../../registry/image.js";
import type { Fault } from "../../../registry/scripted.js";
import { cleanups, openScripted, read } from "./scripted-repository.js";

const LIMITS = { stallMs: 30_000, attempts: 3, backoffMs: 5 };
const image = makeImage([makeTar({ hello: "world".repeat(50_000) })], {
  compress: (tar) => tar,
  layerSuffix: "",
});
const [layer] = image.layers;
if (!layer) throw new Error("no layer");
const content = image.blobs.get(layer.digest) ?? Buffer.alloc(0);

const open = (fault?: Fault, limits = LIMITS) => openScripted(image, fault, limits);

/** Handles the first `times` requests for a path itself. */
function first(times: number, part: string, answer: (...of: Parameters<Fault>) => unknown): Fault {
  let left = times;
  return async (request, response) => {
    if (!request.url?.includes(part) || left === 0) return false;
    left--;
    await answer(request, response);
    return true;
  };
}

describe("the URL of a registry", () => {
  it.each([
    ["docker.io", "https://registry-1.docker.io/"],
    ["ghcr.io", "https://ghcr.io/"],
    ["ghcr.io:8443", "https://ghcr.io:8443/"],
    ["localhost:5000", "http://localhost:5000/"],
    ["127.1.2.3", "http://127.1.2.3/"],
    ["[::1]:5000", "http://[::1]:5000/"],
    ["127.0.0.1.example.com", "https://127.0.0.1.example.com/"],
    ["localhost.example.com", "https://localhost.example.com/"],
  ])("of %s is %s: only loopback uses plain HTTP", (domain, url) => {
    expect(registryUrl(domain).href).toBe(url);
  });
});

describe("manifests and documents", () => {
  it("are fetched by tag and by digest, with the digest of their content", async () => {
    const { repository } = await open();
    expect(await repository.manifest("latest")).toEqual({ data: image.manifest, digest: image.digest });
    expect(await repository.manifest(image.digest)).toEqual({ data: image.manifest, digest: image.digest });
  });

  it("are refused if their content does not match the digest, whatever the header says", async () => {
    const { repository } = await open(
      first(1, "/manifests/", (_, response) => {
        response.writeHead(200, { "docker-content-digest": image.digest });
        response.end("{}");
      }),
    );
    await expect(repository.manifest(image.digest)).rejects.toMatchObject({ code: "digest-mismatch" });
  });

  it("are refused while they are received if they exceed the size limit", async () => {
    let sent = 0;
    const { repository } = await open(
      first(1, "/manifests/", async (_, response) => {
        response.writeHead(200);
        const chunk = Buffer.alloc(2 ** 20, " ");
        while (!response.destroyed && sent < 200) {
          sent++;
          if (!response.write(chunk)) {
            await new Promise((resolve) => response.once("drain", resolve).once("close", resolve));
          }
        }
        response.end();
      }),
    );
    await expect(repository.manifest("latest")).rejects.toMatchObject({ code: "response-too-large" });
    expect(sent).toBeLessThan(100);
  });

  it("are not requested if their descriptor exceeds the size limit", async () => {
    const { registry, repository } = await open();
    const promise = repository.document(
      { digest: image.configDigest, size: 5 * 2 ** 20 },
      "the configuration",
    );
    await expect(promise).rejects.toMatchObject({ code: "response-too-large" });
    expect(registry.requests).toEqual([]);
  });

  it("are named in the error if they do not exist", async () => {
    const { repository, registry } = await open();
    await expect(repository.manifest("other")).rejects.toMatchObject({
      code: "image-not-found",
      message: expect.stringContaining(`${registry.host}/team/app:latest`) as string,
    });
  });

  it.each([401, 403])("fail with access-denied and a hint if the registry returns %i", async (status) => {
    const { repository } = await open((_, response) => {
      response.writeHead(status, status === 401 ? { "www-authenticate": 'Basic realm="x"' } : {});
      response.end('{"errors":[{"code":"DENIED","message":"no\\u001b[31m red"}]}');
      return true;
    });
    await expect(repository.manifest("latest")).rejects.toMatchObject({
      code: "access-denied",
      message: expect.not.stringContaining("\u001b") as string,
      hint: expect.stringContaining("log in") as string,
    });
  });
});

describe("temporary failures", () => {
  it.each([429, 500, 502, 503])("with status %i are retried", async (status) => {
    const { repository, registry } = await open(
      first(2, "/manifests/", (_, response) => response.writeHead(status, { "retry-after": "0" }).end()),
    );
    expect((await repository.manifest("latest")).digest).toBe(image.digest);
    expect(registry.count("/manifests/")).toBe(3);
  });

  it("are retried a limited number of times, and the error has the registry's message", async () => {
    const { repository, registry } = await open((_, response) => {
      response.writeHead(429).end('{"errors":[{"code":"TOOMANYREQUESTS","message":"slow down"}]}');
      return true;
    });
    await expect(repository.manifest("latest")).rejects.toMatchObject({
      code: "registry-failed",
      message: expect.stringMatching(/429, TOOMANYREQUESTS: slow down/) as string,
    });
    expect(registry.requests.length).toBe(3);
  });

  it("include a connection that breaks before the response", async () => {
    const { repository } = await open(first(2, "/manifests/", (request) => request.socket.destroy()));
    expect((await repository.manifest("latest")).digest).toBe(image.digest);
  });

  it("include a peer that sends nothing, and the error says so", async () => {
    const { repository } = await open(() => true, { stallMs: 200, attempts: 2, backoffMs: 1 });
    await expect(repository.manifest("latest")).rejects.toMatchObject({
      code: "registry-failed",
      message: expect.stringContaining("timed out waiting for a response") as string,
    });
  });

  it("do not include a port on which nothing listens", async () => {
    const { registry, repository } = await open();
    cleanups.shift();
    await registry.stop();
    await expect(repository.manifest("latest")).rejects.toMatchObject({
      code: "registry-unreachable",
      message: expect.stringContaining(registry.host) as string,
    });
  });

  it("are not waited out after an abort", async () => {
    const { repository, abort } = await open(
      (_, response) => {
        response.writeHead(503).end();
        setTimeout(() => abort.abort(), 1);
        return true;
      },
      { ...LIMITS, backoffMs: 60_000 },
    );
    await expect(repository.manifest("latest")).rejects.toMatchObject({ name: "AbortError" });
  });
});

describe("blobs", () => {
  it("are downloaded", async () => {
    const { repository } = await open();
    expect((await read(repository.blob(layer))).equals(content)).toBe(true);
  });

  it("are resumed where the connection broke", async () => {
    const half = Math.floor(content.length / 2);
    const { repository, registry } = await open(
      first(1, "/blobs/", (_, response) => {
        response.writeHead(200, { "content-length": content.length });
        response.write(content.subarray(0, half), () => response.destroy());
      }),
    );
    expect((await read(repository.blob(layer))).equals(content)).toBe(true);
    expect(registry.requests.map(({ headers }) => headers.range)).toEqual([
      undefined,
      expect.stringMatching(/^bytes=\d+-$/),
    ]);
  });

  it("are resumed even if the registry does not support ranges", async () => {
    const half = Math.floor(content.length / 2);
    let requests = 0;
    const { repository } = await open((_, response) => {
      response.writeHead(200, { "content-length": content.length });
      if (requests++ > 0) response.end(content);
      else response.write(content.subarray(0, half), () => response.destroy());
      return true;
    });
    expect((await read(repository.blob(layer))).equals(content)).toBe(true);
    expect(requests).toBe(2);
  });

  it("fail if they keep ending early", async () => {
    const { repository, registry } = await open((request, response) => {
      response.writeHead(request.headers.range ? 206 : 200, {
        "content-range": `bytes ${/\d+/.exec(request.headers.range ?? "")?.[0] ?? 0}-/*`,
      });
      response.end(request.headers.range ? "" : content.subarray(0, 100));
      return true;
    });
    await expect(read(repository.blob(layer))).rejects.toMatchObject({
      code: "registry-failed",
      message: expect.stringContaining(`100 of ${content.length} bytes`) as string,
    });
    expect(registry.requests.length).toBe(3);
  });

  it("fail if each connection delivers only a few bytes", async () => {
    let offset = 0;
    const { repository, registry } = await open((_, response) => {
      response.writeHead(offset > 0 ? 206 : 200, { "content-range": `bytes ${offset}-/*` });
      response.end(content.subarray(offset, ++offset));
      return true;
    });
    await expect(read(repository.blob(layer))).rejects.toMatchObject({ code: "registry-failed" });
    expect(registry.requests.length).toBe(12);
  });

  it("fail if they stall, and the error says so", async () => {
    const { repository } = await open(
      (_, response) => {
        response.writeHead(200, { "content-length": content.length });
        response.write(content.subarray(0, 10));
        return true;
      },
      { stallMs: 200, attempts: 1, backoffMs: 1 },
    );
    await expect(read(repository.blob(layer))).rejects.toMatchObject({
      code: "registry-failed",
      message: expect.stringContaining("timed out while receiving data") as string,
    });
  });

  it.each([-1, 1])("are refused at once if their size differs from the manifest's by %i", async (more) => {
    const { repository, registry } = await open();
    const wrong = { ...layer, size: layer.size + more };
    await expect(read(repository.blob(wrong))).rejects.toMatchObject({ code: "size-mismatch" });
    expect(registry.requests.length).toBe(1);
  });

  it("are refused if they exceed their size, even without a Content-Length", async () => {
    const { repository } = await open((_, response) => {
      response.writeHead(200);
      response.write(content);
      response.end("more");
      return true;
    });
    await expect(read(repository.blob(layer))).rejects.toMatchObject({ code: "size-mismatch" });
  });

  it("are refused if the registry sends another range than requested", async () => {
    const { repository } = await open((request, response) => {
      response.writeHead(request.headers.range ? 206 : 200, { "content-range": "bytes 5-9/10" });
      response.write(content.subarray(0, 100), () => response.destroy());
      return true;
    });
    await expect(read(repository.blob(layer))).rejects.toMatchObject({ code: "registry-failed" });
  });
});
