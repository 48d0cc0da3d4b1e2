import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { parseReference } from "../../../../src/config/syntax/reference.js";
import { openRepository, type Repository } from "../../../../src/oci/registry/client.js";
import { findCredential } from "../../../../src/oci/registry/credentials.js";
import { tryLogin } from "../../../../src/oci/registry/login.js";
import { makeImage, makeTar } from "../../../registry/image.js";
import { startRegistry, type Registry } from "../../../registry/registry.js";
import { startScripted, type ScriptedRegistry } from "../../../registry/scripted.js";
import { ANN, createUser, type TestUser } from "../../../registry/user.js";
import { currentHome } from "../../current.js";

const image = makeImage([makeTar({ a: "b".repeat(100_000) })]);
const [layer] = image.layers;
if (!layer) throw new Error("no layer");
const { signal } = new AbortController();
const base64 = (text: string) => Buffer.from(text).toString("base64");
const annsBasic = `Basic ${base64(`${ANN.username}:${ANN.password}`)}`;

let user: TestUser;
const cleanups: (() => Promise<void>)[] = [];
beforeEach(async () => {
  user = await createUser();
});
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
  await user.remove();
});

function open(reference: string): Repository {
  const limits = { stallMs: 30_000, attempts: 3, backoffMs: 5 };
  const repository = openRepository(currentHome(), parseReference(reference), signal, limits);
  cleanups.push(repository.close);
  return repository;
}

describe("a real registry that requires a password", { tags: "registry" }, () => {
  let real: Registry;
  beforeAll(async () => {
    real = await startRegistry({ htpasswd: ANN.htpasswd });
  });
  afterAll(() => real.stop());

  it("accepts the right password, and rejects others with an error that names the user", async () => {
    expect(await tryLogin(currentHome(), real.host, ANN, signal)).toEqual(ANN);
    for (const wrong of [
      { ...ANN, password: "wrong" },
      { ...ANN, username: "bob" },
      { username: "ann", identityToken: "x" },
    ]) {
      await expect(tryLogin(currentHome(), real.host, wrong, signal)).rejects.toMatchObject({
        code: "login-refused",
        message: `login attempt to http://${real.host}/v2/ failed with status: 401 Unauthorized`,
      });
    }
  });

  it("is read with the credentials in Docker's configuration", async () => {
    await user.dockerConfig({ auths: { [real.host]: { auth: base64(`ann:${ANN.password}`) } } });
    await expect(open(`${real.host}/team/app`).manifest("latest")).rejects.toMatchObject({
      code: "image-not-found",
    });
  });

  it("denies access without a valid login, and the hint says what to do", async () => {
    await expect(open(`${real.host}/team/app`).manifest("latest")).rejects.toMatchObject({
      code: "access-denied",
      hint: "check the spelling; if the repository is private, log in first",
      detail: { registry: real.host },
    });
    await user.dockerConfig({ auths: { [real.host]: { auth: base64("ann:old") } } });
    await expect(open(`${real.host}/team/app`).manifest("latest")).rejects.toMatchObject({
      code: "access-denied",
      hint: expect.stringContaining("do not allow it") as string,
    });
  });

  it("denies access with a hint that names the credential helper, if that failed", async () => {
    await user.dockerConfig({ credsStore: "boxtest-missing" });
    await expect(open(`${real.host}/team/app`).manifest("latest")).rejects.toMatchObject({
      code: "access-denied",
      hint: "docker-credential-boxtest-missing get failed: it is not installed",
    });
  });
});

interface TokenServer {
  registry: ScriptedRegistry;
  /** Requests for tokens: method, query or form, and Authorization. */
  asked: {
    method: string;
    fields: Record<string, string>;
    scopes: string[];
    authorization: string | undefined;
  }[];
  /** Expires all tokens issued so far. */
  expire: () => number;
}

/** Starts a registry with a token server that accepts Ann's password and the identity token `ann's token`. */
async function startTokens(onBlob?: (server: TokenServer) => void): Promise<TokenServer> {
  const asked: TokenServer["asked"] = [];
  let age = 0;
  const registry = await startScripted({ latest: image }, async (request, response) => {
    const url = new URL(request.url ?? "", "http://x");
    if (url.pathname === "/token") {
      const chunks: Buffer[] = [];
      for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
      const form =
        request.method === "POST" ? new URLSearchParams(Buffer.concat(chunks).toString()) : url.searchParams;
      const { authorization } = request.headers;
      asked.push({
        method: request.method ?? "",
        fields: Object.fromEntries(form),
        scopes: form.getAll("scope"),
        authorization,
      });
      const known = authorization === annsBasic || form.get("refresh_token") === "ann's token";
      if (!known) response.writeHead(401).end();
      else {
        const offline = form.get("offline_token") === "true" ? { refresh_token: "ann's token" } : {};
        response.end(JSON.stringify({ access_token: `token-${age}`, ...offline }));
      }
      return true;
    }
    if (request.headers.authorization !== `Bearer token-${age}`) {
      const challenge = `Bearer realm="http://${request.headers.host ?? ""}/token",service="s"`;
      response.writeHead(401, { "www-authenticate": challenge }).end();
      return true;
    }
    if (url.pathname === "/v2/") {
      response.end("{}");
      return true;
    }
    if (url.pathname.includes("/blobs/") && request.headers.range === undefined && onBlob) {
      // Send half of it, then break the connection.
      const data = image.blobs.get(layer?.digest ?? "") ?? Buffer.alloc(0);
      response.writeHead(200, { "content-length": data.length });
      response.write(data.subarray(0, data.length >> 1), () => response.destroy());
      onBlob(server);
      return true;
    }
    return false;
  });
  cleanups.push(registry.stop);
  const server = { registry, asked, expire: () => (age += 1) };
  return server;
}

describe("a registry that requires a token", () => {
  it("gets one requested with a password, for the repository and the action", async () => {
    const { registry, asked } = await startTokens();
    await user.dockerConfig({ auths: { [registry.host]: { auth: base64(`ann:${ANN.password}`) } } });
    await open(`${registry.host}/team/app`).manifest("latest");
    expect(asked).toEqual([
      {
        method: "GET",
        fields: { service: "s", scope: "repository:team/app:pull", account: "ann" },
        scopes: ["repository:team/app:pull"],
        authorization: annsBasic,
      },
    ]);
  });

  it("gets one requested with an identity token by OAuth2, in the body of a POST", async () => {
    const { registry, asked } = await startTokens();
    await user.dockerConfig({
      auths: { [registry.host]: { auth: base64("ann:"), identitytoken: "ann's token" } },
    });
    await open(`${registry.host}/team/app`).manifest("latest");
    expect(asked).toEqual([
      {
        method: "POST",
        fields: {
          grant_type: "refresh_token",
          service: "s",
          client_id: "box",
          scope: "repository:team/app:pull",
          refresh_token: "ann's token",
        },
        scopes: ["repository:team/app:pull"],
        authorization: undefined,
      },
    ]);
    expect(registry.requests.filter(({ path }) => path.includes("ann"))).toEqual([]);
  });

  it("issues an identity token at login, which replaces the password", async () => {
    const { registry } = await startTokens();
    const kept = await tryLogin(currentHome(), registry.host, ANN, signal);
    expect(kept).toEqual({ username: "ann", identityToken: "ann's token" });
    await expect(
      tryLogin(currentHome(), registry.host, { username: "ann", password: "no" }, signal),
    ).rejects.toMatchObject({
      code: "login-refused",
    });
  });

  it("gets a renewed token in the middle of a layer, which is resumed", async () => {
    const { registry, asked } = await startTokens((server) => server.expire());
    await user.dockerConfig({ auths: { [registry.host]: { auth: base64(`ann:${ANN.password}`) } } });
    const chunks: Buffer[] = [];
    for await (const chunk of open(`${registry.host}/team/app`).blob(layer)) chunks.push(chunk);
    expect(Buffer.concat(chunks).equals(image.blobs.get(layer.digest) ?? Buffer.alloc(0))).toBe(true);
    expect(asked).toHaveLength(2);
  });
});

it("a registry that requires no login gets none", async () => {
  const registry = await startScripted({}, (_, response) => {
    response.end("{}");
    return true;
  });
  cleanups.push(registry.stop);
  expect(await tryLogin(currentHome(), registry.host, ANN, signal)).toBeUndefined();
  expect(await findCredential(currentHome(), registry.host)).toBeUndefined();
});

it("a login to a host that is not a registry fails", async () => {
  const registry = await startScripted({});
  cleanups.push(registry.stop);
  await expect(tryLogin(currentHome(), registry.host, ANN, signal)).rejects.toMatchObject({
    code: "registry-failed",
  });
});
