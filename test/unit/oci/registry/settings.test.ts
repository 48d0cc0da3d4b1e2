import { createServer as createHttpServer } from "node:http";
import { connect, type Socket } from "node:net";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { parseReference } from "../../../../src/config/syntax/reference.js";
import { openRepository, type Repository } from "../../../../src/oci/registry/client.js";
import { registryUrl } from "../../../../src/oci/registry/endpoint.js";
import { makeCertificates, type Certificates } from "../../../registry/certificates.js";
import { makeImage, makeTar, sha256 } from "../../../registry/image.js";
import { serveOnLoopback } from "../../../registry/loopback.js";
import { startRegistry, type Registry } from "../../../registry/registry.js";
import { startScripted, type Fault, type ScriptedRegistry } from "../../../registry/scripted.js";
import { createUser, type TestUser } from "../../../registry/user.js";
import { currentHome } from "../../current.js";

const image = makeImage([makeTar({ hello: "world".repeat(50_000) })], {
  compress: (tar) => tar,
  layerSuffix: "",
});
const [layer] = image.layers;
if (!layer) throw new Error("no layer");
const content = image.blobs.get(layer.digest) ?? Buffer.alloc(0);

let keys: TestUser;
let certificates: Certificates;
let secure: Registry | undefined;
let mutual: Registry | undefined;
let user: TestUser;
const cleanups: (() => Promise<void> | void)[] = [];
beforeAll(async () => {
  keys = await createUser();
  certificates = await makeCertificates(keys.folder);
});
afterAll(async () => {
  await Promise.all([secure?.stop(), mutual?.stop()]);
  await keys.remove();
});
beforeEach(async () => {
  user = await createUser();
});
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
  await user.remove();
});

const LIMITS = { stallMs: 30_000, attempts: 2, backoffMs: 5 };

function open(host: string): Repository {
  const repository = openRepository(
    currentHome(),
    parseReference(`${host}/team/app`),
    new AbortController().signal,
    LIMITS,
  );
  cleanups.push(repository.close);
  return repository;
}

async function read(stream: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function start(fault?: Fault): Promise<ScriptedRegistry> {
  const registry = await startScripted({ latest: image }, fault);
  cleanups.push(registry.stop);
  return registry;
}

/** The host of a registry with a certificate; the first call starts it. */
async function secureHost(): Promise<string> {
  secure ??= await startRegistry({ tls: certificates.server });
  return secure.host;
}

/** The host of a registry that requires a client certificate as well. */
async function mutualHost(): Promise<string> {
  mutual ??= await startRegistry({ tls: { ...certificates.server, clientCa: certificates.ca } });
  return mutual.host;
}

/** The registry was reached if it reports that it has no such image. */
const reached = { code: "image-not-found" };

describe("a registry with a certificate from a private authority", { tags: "registry" }, () => {
  it("is reached if the settings name the authority", async () => {
    const host = await secureHost();
    await user.settings({ registries: { [host]: { ca: certificates.ca } } });
    await expect(open(host).manifest("latest")).rejects.toMatchObject(reached);
  });

  it("is not reached otherwise, and the error has the reason and a hint", async () => {
    const host = await secureHost();
    await user.settings({ registries: { [host]: { insecure: false } } });
    await expect(open(host).manifest("latest")).rejects.toMatchObject({
      code: "registry-unreachable",
      message: expect.stringContaining("failed to verify the certificate") as string,
      hint: expect.stringContaining("registries.HOST.ca") as string,
    });
  });

  it("is reached without verification if the settings mark it as insecure", async () => {
    const host = await secureHost();
    await user.settings({
      registries: { [host]: { insecure: true, ca: certificates.server.certificate } },
    });
    await expect(open(host).manifest("latest")).rejects.toMatchObject(reached);
  });

  it("may require a client certificate", async () => {
    const host = await mutualHost();
    const { ca, client } = certificates;
    await user.settings({ registries: { [host]: { ca } } });
    await expect(open(host).manifest("latest")).rejects.toMatchObject({
      code: expect.stringMatching(/^registry-/) as string,
    });
    await user.settings({ registries: { [host]: { ca, cert: client.certificate, key: client.key } } });
    await expect(open(host).manifest("latest")).rejects.toMatchObject(reached);
  });

  it.each([
    [{ ca: "/no/such.pem" }, '.ca: "/no/such.pem" does not exist'],
    [{ ca: "/dev/null", cert: "/dev/null" }, "cert and key must be set together"],
    [{ cert: "/dev/null", key: "/dev/null" }, "invalid ca, cert or key"],
  ])("is not contacted if its settings are invalid: %j", async (settings, message) => {
    const host = await secureHost();
    await user.settings({ registries: { [host]: settings } });
    await expect(open(host).manifest("latest")).rejects.toMatchObject({
      code: "invalid-settings",
      message: expect.stringContaining(message) as string,
    });
  });
});

describe("an insecure registry", () => {
  it("that does not support HTTPS is read over HTTP", async () => {
    const registry = await start();
    await user.settings({ registries: { [registry.host]: { insecure: true, ca: certificates.ca } } });
    expect((await open(registry.host).manifest("latest")).digest).toBe(image.digest);
  });

  it.each([
    [{}, "http:"],
    [{ insecure: true }, "http:"],
    [{ insecure: false }, "https:"],
    [{ ca: "/ca.pem" }, "https:"],
    [{ cert: "/cert.pem" }, "https:"],
  ])("on loopback with %j uses %s", (settings, protocol) => {
    expect(registryUrl("127.0.0.1:5000", settings).protocol).toBe(protocol);
  });
});

describe("a mirror", () => {
  it("is tried first, with its path prepended to the name, and the registry is not contacted", async () => {
    const [registry, mirror] = [await start(), await start()];
    await user.settings({ registries: { [registry.host]: { mirrors: [`http://${mirror.host}/hub/`] } } });
    const repository = open(registry.host);
    expect((await repository.manifest("latest")).digest).toBe(image.digest);
    expect((await read(repository.blob(layer))).equals(content)).toBe(true);
    expect(registry.requests).toEqual([]);
    expect(mirror.requests.map(({ path }) => path)).toEqual([
      "/v2/hub/team/app/manifests/latest",
      `/v2/hub/team/app/blobs/${layer.digest}`,
    ]);
  });

  it.each<[string, Fault]>([
    ["does not have the image", (_, response) => !!response.writeHead(404).end()],
    ["denies access", (_, response) => !!response.writeHead(403).end()],
    ["is broken", (_, response) => !!response.writeHead(500).end()],
    ["returns other content", (_, response) => !!response.writeHead(200).end("{}")],
  ])("that %s is skipped for the next one and finally the registry", async (_, fault) => {
    const [registry, mirror] = [await start(), await start(fault)];
    await user.settings({
      registries: { [registry.host]: { mirrors: ["http://127.0.0.1:1", `http://${mirror.host}`] } },
    });
    const repository = open(registry.host);
    expect((await repository.manifest(image.digest)).data.equals(image.manifest)).toBe(true);
    expect(mirror.requests.length).toBeGreaterThan(0);
  });

  it("that fails in the middle of a layer is replaced by the registry from there on", async () => {
    const half = content.length >> 1;
    const registry = await start();
    const mirror = await start((request, response) => {
      if (request.headers.range !== undefined) response.writeHead(500).end();
      else {
        response.writeHead(200, { "content-length": content.length });
        response.write(content.subarray(0, half), () => response.destroy());
      }
      return true;
    });
    await user.settings({ registries: { [registry.host]: { mirrors: [`http://${mirror.host}`] } } });
    const data = await read(open(registry.host).blob(layer));
    expect(sha256(data)).toBe(layer.digest);
    expect(registry.requests.map(({ headers }) => headers.range)).toEqual([
      expect.stringMatching(/^bytes=[1-9]\d*-$/),
    ]);
  });

  it.each(["ftp://mirror", "http://user:secret@mirror", "a b"])(
    "%j is refused as invalid",
    async (mirror) => {
      await user.settings({ registries: { "registry.test": { mirrors: [mirror] } } });
      await expect(open("registry.test").manifest("latest")).rejects.toMatchObject({
        code: "invalid-settings",
      });
    },
  );
});

describe("a proxy", () => {
  const VARIABLES = ["HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy"];
  const before = VARIABLES.map((name) => [name, process.env[name]] as const);
  afterEach(() => {
    for (const [name, value] of before) {
      if (value === undefined) Reflect.deleteProperty(process.env, name);
      else process.env[name] = value;
    }
  });

  /** Starts a proxy that sends every request to `target`. @returns the requests that it received */
  async function startProxy(target: string): Promise<string[]> {
    const asked: string[] = [];
    const [hostname, port] = target.split(":");
    const sockets = new Set<Socket>();
    const server = createHttpServer((request, response) => {
      asked.push(`${request.method ?? ""} ${request.url ?? ""}`);
      const path = new URL(request.url ?? "").pathname;
      void fetch(`http://${target}${path}`).then(async (answer) => {
        response.writeHead(answer.status).end(Buffer.from(await answer.arrayBuffer()));
      });
    });
    server.on("connect", (request, socket: Socket) => {
      asked.push(`CONNECT ${request.url ?? ""}`);
      const onward = connect(Number(port), hostname, () => {
        socket.write("HTTP/1.1 200 OK\r\n\r\n");
        socket.pipe(onward).pipe(socket);
      });
      for (const one of [socket, onward]) sockets.add(one.on("error", () => undefined));
    });
    const { host, stop } = await serveOnLoopback(server);
    cleanups.push(async () => {
      for (const socket of sockets) socket.destroy();
      await stop();
    });
    for (const name of VARIABLES) Reflect.deleteProperty(process.env, name);
    process.env["HTTP_PROXY"] = process.env["HTTPS_PROXY"] = `http://${host}`;
    return asked;
  }

  it(
    "reaches registries over HTTPS through a tunnel, with the registry's authority",
    { tags: "registry" },
    async () => {
      const asked = await startProxy(await secureHost());
      await user.settings({ registries: { "registry.test": { ca: certificates.ca } } });
      await expect(open("registry.test").manifest("latest")).rejects.toMatchObject(reached);
      expect(asked).toEqual(["CONNECT registry.test:443"]);
    },
  );

  it("reaches registries over HTTP without a tunnel", async () => {
    const registry = await start();
    const asked = await startProxy(registry.host);
    await user.settings({ registries: { "other.test": { mirrors: ["http://registry.test:5000"] } } });
    expect((await open("other.test").manifest("latest")).digest).toBe(image.digest);
    expect(asked).toEqual(["GET http://registry.test:5000/v2/team/app/manifests/latest"]);
  });

  it("is not used for loopback, nor for hosts in NO_PROXY", async () => {
    const registry = await start();
    const asked = await startProxy(registry.host);
    expect((await open(registry.host).manifest("latest")).digest).toBe(image.digest);
    process.env["NO_PROXY"] = ".invalid";
    await expect(open("registry.invalid").manifest("latest")).rejects.toMatchObject({
      code: expect.stringMatching(/^registry-/) as string,
    });
    expect(asked).toEqual([]);
  });
});
