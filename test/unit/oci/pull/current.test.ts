// @module-tag registry
import { readdir, truncate } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { makeCertificates } from "../../../registry/certificates.js";
import { startFaultProxy, type FaultProxy } from "../../../registry/fault-proxy.js";
import { makeImage, makeIndex, makeTar, pushImage } from "../../../registry/image.js";
import { bundleProduct, type Product } from "../../../registry/product.js";
import { startRegistry, type Registry } from "../../../registry/registry.js";
import { startScripted, type Fault, type ScriptedRegistry } from "../../../registry/scripted.js";
import { ANN, createUser, type TestUser } from "../../../registry/user.js";

const image = makeImage([makeTar({ hello: "world" })]);
const moved = makeImage([makeTar({ hello: "moon" })]);
const arm = makeImage([makeTar({ hello: "arm" })], { architecture: "arm64" });
const index = makeIndex([
  { image, platform: { os: "linux", architecture: "amd64" } },
  { image: arm, platform: { os: "linux", architecture: "arm64" } },
]);

let real: Registry;
let locked: Registry;
let product: Product;
let user: TestUser;
const cleanups: (() => Promise<void>)[] = [];
beforeAll(async () => {
  [real, locked, product] = await Promise.all([
    startRegistry(),
    startRegistry({ htpasswd: ANN.htpasswd }),
    bundleProduct(),
  ]);
});
afterAll(() => Promise.all([real.stop(), locked.stop(), product.remove()]));
beforeEach(async () => {
  user = await createUser();
});
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
  await user.remove();
});

async function pull(reference: string): Promise<string> {
  return (await product.ensureStored(reference, { pull: "always", onProgress: () => undefined })).digest;
}

async function before(registry: Registry): Promise<FaultProxy> {
  const proxy = await startFaultProxy(registry.host);
  cleanups.push(proxy.stop);
  return proxy;
}

async function script(images: Parameters<typeof startScripted>[0], fault?: Fault): Promise<ScriptedRegistry> {
  const registry = await startScripted(images, fault);
  cleanups.push(registry.stop);
  return registry;
}

const lines = ({ requests }: ScriptedRegistry) => requests.map(({ method, path }) => `${method} ${path}`);

describe("a pull of an image in the store", () => {
  it.each([
    ["a manifest", image],
    ["an index", index],
  ])("asks a real registry with one HEAD whether a tag of %s has moved", async (_, what) => {
    const proxy = await before(real);
    await pushImage(real.host, "current/app", "latest", what);
    expect(await pull(`${proxy.host}/current/app`)).toBe(image.digest);
    proxy.requests.length = 0;
    expect(await pull(`${proxy.host}/current/app`)).toBe(image.digest);
    expect(proxy.requests.map(({ line }) => line)).toEqual(["HEAD /v2/current/app/manifests/latest"]);
  });

  it("sends no request if the reference has the digest", async () => {
    const registry = await script({ latest: index });
    const reference = `${registry.host}/app@${index.digest}`;
    expect(await pull(reference)).toBe(image.digest);
    registry.requests.length = 0;
    expect(await pull(reference)).toBe(image.digest);
    expect(registry.requests).toEqual([]);
  });

  it("fetches the new image if the tag has moved", async () => {
    const registry = await script({ latest: image });
    expect(await pull(`${registry.host}/app`)).toBe(image.digest);
    const later = await script({ latest: moved });
    await user.settings({ registries: { [registry.host]: { mirrors: [`http://${later.host}`] } } });
    const held = async () =>
      (await readdir(join(user.folder, "box", "holds"))).filter((name) =>
        name.startsWith(image.digest.slice(7)),
      );
    const before = await held();
    expect(await pull(`${registry.host}/app`)).toBe(moved.digest);
    // The old image can still be removed.
    expect(await held()).toEqual(before);
  });

  it.each<[string, Fault]>([
    [
      "returns no digest",
      (request, response) => {
        if (request.method === "HEAD") response.writeHead(200).end();
        return request.method === "HEAD";
      },
    ],
    [
      "returns an invalid digest",
      (request, response) => {
        if (request.method === "HEAD") response.writeHead(200, { "docker-content-digest": "x" }).end();
        return request.method === "HEAD";
      },
    ],
    [
      "does not support HEAD",
      (request, response) => {
        if (request.method === "HEAD") response.writeHead(405).end();
        return request.method === "HEAD";
      },
    ],
    [
      "closes the connection",
      (request) => {
        if (request.method === "HEAD") request.socket.destroy();
        return request.method === "HEAD";
      },
    ],
  ])("reads the manifest if the registry %s", async (_, fault) => {
    const registry = await script({ latest: image }, fault);
    expect(await pull(`${registry.host}/app`)).toBe(image.digest);
    registry.requests.length = 0;
    expect(await pull(`${registry.host}/app`)).toBe(image.digest);
    expect(lines(registry)).toEqual(["HEAD /v2/app/manifests/latest", "GET /v2/app/manifests/latest"]);
  });

  it("fetches a damaged layer again, even if the tag has not moved", async () => {
    const registry = await script({ latest: image });
    await pull(`${registry.host}/app`);
    const [diffId = ""] = image.diffIds;
    const tar = join(user.folder, "box", "layers", `${diffId.slice(7)}.tar`);
    await truncate(tar, 512);
    registry.requests.length = 0;
    expect(await pull(`${registry.host}/app`)).toBe(image.digest);
    expect(lines(registry)).toContain(`GET /v2/app/blobs/${image.layers[0]?.digest ?? ""}`);
  });

  it("asks the mirror first", async () => {
    const mirror = await script({ latest: image });
    const registry = await script({ latest: image });
    await user.settings({ registries: { [registry.host]: { mirrors: [`http://${mirror.host}/hub`] } } });
    await pull(`${registry.host}/app`);
    mirror.requests.length = 0;
    await pull(`${registry.host}/app`);
    expect(lines(mirror)).toEqual(["HEAD /v2/hub/app/manifests/latest"]);
    expect(registry.requests).toEqual([]);
  });

  it("asks with the user's credentials", async () => {
    const auth = Buffer.from(`ann:${ANN.password}`).toString("base64");
    const proxy = await before(locked);
    await user.dockerConfig({ auths: { [proxy.host]: { auth }, [real.host]: { auth } } });
    await pushImage(real.host, "current/own", "latest", image);
    await pull(`${real.host}/current/own`);
    await product.tagImage(`${real.host}/current/own`, `${proxy.host}/current/own`);
    await product.pushImage({ domain: proxy.host, path: "current/own", tag: "latest" }, () => undefined);
    const pushed = await pull(`${proxy.host}/current/own`);
    proxy.requests.length = 0;
    expect(await pull(`${proxy.host}/current/own`)).toBe(pushed);
    // Refused without credentials, accepted with them.
    expect(proxy.requests.map(({ line, headers }) => [line.slice(0, 4), headers.authorization])).toEqual([
      ["HEAD", undefined],
      ["HEAD", `Basic ${auth}`],
    ]);
  });

  it("verifies a registry's certificate with the authority in the settings", async () => {
    const { ca, server, client } = await makeCertificates(user.folder);
    const secure = await startRegistry({ tls: { ...server, clientCa: ca } });
    cleanups.push(secure.stop);
    const registries = { [secure.host]: { ca, cert: client.certificate, key: client.key } };
    await user.settings({ registries });
    await pushImage(real.host, "current/tls", "latest", image);
    await pull(`${real.host}/current/tls`);
    await product.tagImage(`${real.host}/current/tls`, `${secure.host}/current/tls`);
    await product.pushImage({ domain: secure.host, path: "current/tls", tag: "latest" }, () => undefined);
    const reference = `${secure.host}/current/tls`;
    const digest = await pull(reference);
    expect(
      await product.findCurrent({ domain: secure.host, path: "current/tls", tag: "latest" }),
    ).toMatchObject({
      digest,
    });
    await user.settings({ registries: { [secure.host]: { insecure: false } } });
    expect(
      await product.findCurrent({ domain: secure.host, path: "current/tls", tag: "latest" }),
    ).toBeUndefined();
    await expect(pull(reference)).rejects.toMatchObject({ code: "registry-unreachable" });
  });

  it("uses the proxy in the environment", async () => {
    const registry = await script({ latest: image });
    const proxied: string[] = [];
    const proxy = await startFaultProxy(registry.host, (request) => {
      proxied.push(`${request.method ?? ""} ${request.url ?? ""}`);
      request.url = new URL(request.url ?? "", "http://registry.test").pathname;
      return false;
    });
    cleanups.push(proxy.stop);
    await user.settings({ registries: { "registry.test": { mirrors: ["http://registry.test"] } } });
    process.env["HTTP_PROXY"] = `http://${proxy.host}`;
    cleanups.push(() => Promise.resolve(void Reflect.deleteProperty(process.env, "HTTP_PROXY")));
    expect(await pull("registry.test/app")).toBe(image.digest);
    proxied.length = 0;
    expect(await pull("registry.test/app")).toBe(image.digest);
    expect(proxied).toEqual(["HEAD http://registry.test/v2/app/manifests/latest"]);
  });
});
