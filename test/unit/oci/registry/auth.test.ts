import fc from "fast-check";
import { afterEach, describe, expect, it } from "vitest";
import { parseReference } from "../../../../src/config/syntax/reference.js";
import { parseChallenge } from "../../../../src/oci/registry/auth.js";
import { openRepository, type Repository } from "../../../../src/oci/registry/client.js";
import { makeImage, makeTar } from "../../../registry/image.js";
import { startScripted, type ScriptedRegistry } from "../../../registry/scripted.js";
import { currentHome } from "../../current.js";

describe("a challenge", () => {
  it.each([
    [
      'Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="repository:library/nginx:pull"',
      {
        scheme: "bearer",
        parameters: {
          realm: "https://auth.docker.io/token",
          service: "registry.docker.io",
          scope: "repository:library/nginx:pull",
        },
      },
    ],
    ["bearer Realm=x , Service = y", { scheme: "bearer", parameters: { realm: "x", service: "y" } }],
    [String.raw`Basic realm="a \"b\", c=d"`, { scheme: "basic", parameters: { realm: 'a "b", c=d' } }],
    ["Negotiate", { scheme: "negotiate", parameters: {} }],
    ['Bearer realm="open', { scheme: "bearer", parameters: {} }],
    ["", undefined],
    ["=,=", undefined],
  ])("%j is parsed", (header, expected) => {
    expect(parseChallenge(header)).toEqual(expected);
  });

  it("is parsed without throwing and in linear time, whatever its text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 200 }), (text) => void parseChallenge(text)),
    );
    const started = process.cpuUsage();
    parseChallenge(`Bearer ${'a="'.repeat(50_000)}`);
    parseChallenge(`Bearer ${"\\".repeat(50_000)}`);
    expect(process.cpuUsage(started).user).toBeLessThan(2_000_000);
  });
});

const image = makeImage([makeTar({ a: "b" })]);
const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** A registry that requires a token; its token server returns `answer`. */
async function open(
  answer: { status?: number; body: string },
  { accept = "Bearer good", realm = "" } = {},
): Promise<{ registry: ScriptedRegistry; repository: Repository }> {
  const registry = await startScripted({ latest: image }, (request, response) => {
    if (request.url?.startsWith("/token")) {
      response.writeHead(answer.status ?? 200).end(answer.body);
      return true;
    }
    if (request.headers.authorization === accept) return false;
    const where = realm || `http://${request.headers.host ?? ""}/token`;
    response.writeHead(401, { "www-authenticate": `Bearer realm="${where}",service="the registry"` }).end();
    return true;
  });
  const reference = parseReference(`${registry.host}/team/app`);
  const limits = { stallMs: 30_000, attempts: 3, backoffMs: 5 };
  const repository = openRepository(currentHome(), reference, new AbortController().signal, limits);
  cleanups.push(registry.stop, repository.close);
  return { registry, repository };
}

describe("a token", () => {
  it.each([
    '{"token":"good"}',
    '{"access_token":"good","expires_in":60}',
    '{"token":"good","access_token":"other"}',
  ])("is read from %s and sent with all later requests", async (body) => {
    const { registry, repository } = await open({ body });
    await repository.manifest("latest");
    await repository.document({ digest: image.configDigest, size: 100 }, "the configuration");
    expect(registry.count("/token")).toBe(1);
    expect(registry.requests.map(({ headers }) => headers.authorization)).toEqual([
      undefined,
      undefined,
      "Bearer good",
      "Bearer good",
    ]);
  });

  it("is requested with service and scope, even if the challenge has no scope", async () => {
    const { registry, repository } = await open({ body: '{"token":"good"}' });
    await repository.manifest("latest");
    const path = registry.requests.find(({ path }) => path.startsWith("/token"))?.path ?? "";
    expect(Object.fromEntries(new URL(path, "http://x").searchParams)).toEqual({
      service: "the registry",
      scope: "repository:team/app:pull",
    });
  });

  it("is requested once for concurrent requests", async () => {
    const { registry, repository } = await open({ body: '{"token":"good"}' });
    await Promise.all(Array.from({ length: 5 }, () => repository.manifest("latest")));
    expect(registry.count("/token")).toBe(1);
  });

  it("is renewed when it has expired", async () => {
    let current = "one";
    const registry = await startScripted({ latest: image }, (request, response) => {
      if (request.url === undefined || request.headers.authorization === `Bearer ${current}`) return false;
      if (request.url.startsWith("/token")) response.end(JSON.stringify({ token: current }));
      else
        response
          .writeHead(401, { "www-authenticate": `Bearer realm="http://${request.headers.host ?? ""}/token"` })
          .end();
      return true;
    });
    const reference = parseReference(`${registry.host}/team/app`);
    const repository = openRepository(currentHome(), reference, new AbortController().signal);
    cleanups.push(registry.stop, repository.close);
    await repository.manifest("latest");
    current = "two";
    await repository.manifest("latest");
    expect(registry.count("/token")).toBe(2);
  });

  it.each([
    [{ status: 401, body: "" }, "access-denied"],
    [{ status: 403, body: "" }, "access-denied"],
    [{ body: '{"token":"bad"}' }, "access-denied"],
    [{ body: "{}" }, "bad-token"],
    [{ body: "no json" }, "bad-token"],
    [{ body: '{"token":"with\\r\\nX-Header: injected"}' }, "bad-token"],
    [{ body: `{"token":"${"x".repeat(300_000)}"}` }, "response-too-large"],
    [{ status: 500, body: "" }, "registry-failed"],
  ])("fails to be fetched with the response %j: %s", async (answer, code) => {
    const { repository } = await open(answer);
    await expect(repository.manifest("latest")).rejects.toMatchObject({ code });
  });

  it.each(["ftp://host/token", "invalid", "file:///etc/passwd"])(
    "is not requested from %s",
    async (realm) => {
      const { repository } = await open({ body: "" }, { realm });
      await expect(repository.manifest("latest")).rejects.toMatchObject({ code: "bad-token" });
    },
  );
});
