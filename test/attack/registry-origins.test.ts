import { readFileSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { ServerOptions } from "node:https";
import { describe, expect, it } from "vitest";
import { tryLogin } from "../../src/oci/registry/login.js";
import { pushImage } from "../registry/image.js";
import { startRegistry } from "../registry/registry.js";
import { startScripted, type Fault } from "../registry/scripted.js";
import { ANN } from "../registry/user.js";
import {
  base64,
  BASIC,
  certificates,
  cleanups,
  expectNoSecret,
  image,
  layer,
  leadTo,
  LIMITS,
  open,
  openToPush,
  read,
  signal,
  startOwn,
  startStranger,
  upload,
  user,
} from "./registry-logins.js";
import { currentHome } from "../unit/current.js";

describe("a token server that redirects", () => {
  it.each([
    ["by token for a password", 307],
    ["by token for a password", 302],
    ["by token for an identity token", 307],
    ["by token for an identity token", 308],
  ] as const)("passes on no secret of a registry that asks %s (%i)", async (asks, status) => {
    let to = "";
    const own = await startOwn(asks, (request, response) => {
      if (!request.url?.startsWith("/token")) return false;
      request.resume();
      response.writeHead(status, { location: `${to}/elsewhere` }).end();
      return true;
    });
    const stranger = await startStranger(() => 'Basic realm="stranger"');
    to = stranger.url;
    await expect(open(own.host).manifest("latest")).rejects.toMatchObject({ code: "bad-token" });
    if (asks === "by token for a password") {
      await expect(tryLogin(currentHome(), own.host, ANN, signal, LIMITS)).rejects.toMatchObject({
        code: "bad-token",
      });
    }
    expectNoSecret(stranger);
  });
});

describe("a registry over HTTPS", () => {
  const secureServer = (): ServerOptions => ({
    cert: readFileSync(certificates.server.certificate),
    key: readFileSync(certificates.server.key),
  });

  const answer = (fault: (request: IncomingMessage, response: ServerResponse) => void): Fault => {
    return (request, response) => {
      if (!request.url?.startsWith("/v2/team")) return false;
      fault(request, response);
      return true;
    };
  };

  it("does not get a password sent to a realm over HTTP", async () => {
    const stranger = await startStranger(() => "");
    const challenge = `Bearer realm="${stranger.url}/token"`;
    const own = await startOwn(
      "never",
      answer((_, response) => response.writeHead(401, { "www-authenticate": challenge }).end()),
      secureServer(),
    );
    await user.settings({ registries: { [own.host]: { ca: certificates.ca } } });
    await expect(open(own.host).manifest("latest")).rejects.toMatchObject({ code: "bad-token" });
    expect(stranger.heard).toEqual([]);
  });

  it("presents no client certificate to a redirect target, and verifies the target's", async () => {
    const stranger = await startStranger(() => 'Basic realm="stranger"', {
      ...secureServer(),
      requestCert: true,
      rejectUnauthorized: false,
    });
    const own = await startOwn(
      "by password",
      answer((request, response) =>
        response.writeHead(307, { location: `${stranger.url}${request.url ?? ""}` }).end(),
      ),
      secureServer(),
    );
    const { ca, client } = certificates;
    await user.settings({ registries: { [own.host]: { ca, cert: client.certificate, key: client.key } } });
    await expect(open(own.host).manifest("latest")).rejects.toMatchObject({ code: "access-denied" });
    expect(stranger.certificates).toEqual([{}]);
    expectNoSecret(stranger);
    await user.settings({
      registries: { [own.host]: { insecure: true, ca: certificates.client.certificate } },
    });
    await expect(open(own.host).manifest("latest")).rejects.toMatchObject({
      message: expect.stringContaining("failed to verify the certificate") as string,
    });
  });

  it.each(["http://HOST/x", "file:///etc/passwd", "data:,x", "ftp://HOST/x"])(
    "redirects no read, upload or list of tags to %s",
    async (pattern) => {
      const stranger = await startStranger(() => 'Basic realm="stranger"');
      const location = pattern.replace("HOST", stranger.host);
      const own = await startOwn(
        "by password",
        answer((request, response) => {
          request.resume();
          if (request.method === "POST") response.writeHead(202, { location }).end();
          else if (request.url?.includes("/tags/")) {
            response.writeHead(200, { link: `<${location}>; rel="next"` }).end('{"tags":["a"]}');
          } else response.writeHead(307, { location }).end();
        }),
        secureServer(),
      );
      const settings = { ca: certificates.ca };
      await user.settings({ registries: { [own.host]: settings } });
      await expect(open(own.host).manifest("latest")).rejects.toMatchObject({ code: "bad-redirect" });
      await expect(open(own.host).tags()).rejects.toMatchObject({ code: "bad-redirect" });
      const session = openToPush(own.host, settings);
      await expect(upload(session, Buffer.from("small"))).rejects.toMatchObject({ code: "bad-redirect" });
      expect(stranger.heard).toEqual([]);
    },
  );
});

describe("a registry over HTTP on loopback", () => {
  it("does not get a password sent over the network in plain text", async () => {
    const own = await startOwn("never", (_, response) => {
      response.writeHead(401, { "www-authenticate": 'Bearer realm="http://token.invalid/token"' }).end();
      return true;
    });
    await expect(open(own.host).manifest("latest")).rejects.toMatchObject({ code: "bad-token" });
    await expect(tryLogin(currentHome(), own.host, ANN, signal, LIMITS)).rejects.toMatchObject({
      code: "bad-token",
    });
  });
});

describe("a mirror", () => {
  it("never gets the registry's login, nor the registry the mirror's", async () => {
    const stranger = await startStranger(() => 'Basic realm="stranger"');
    const own = await startOwn("by password", () => false);
    await user.settings({ registries: { [own.host]: { mirrors: [stranger.url] } } });
    await open(own.host).manifest("latest");
    expect(stranger.heard).toHaveLength(1);
    expectNoSecret(stranger);
    // The other way round: the login is the mirror's, and it is the registry that asks for one.
    await user.dockerConfig({
      auths: { [stranger.host]: { auth: base64(`${ANN.username}:${ANN.password}`) } },
    });
    const before = own.requests.length;
    await expect(open(own.host).manifest("latest")).rejects.toMatchObject({ code: "access-denied" });
    const later = own.requests.slice(before);
    expect(later.length).toBeGreaterThan(0);
    expect(later.map(({ headers }) => headers.authorization)).toEqual(later.map(() => undefined));
  });

  it("that redirects to the registry gets no login there, and is not sent the registry's", async () => {
    let to = "";
    const mirror = await startScripted(
      {},
      leadTo(() => to, 307),
    );
    cleanups.push(mirror.stop);
    const own = await startOwn("by password", () => false);
    to = `http://${own.host}`;
    await user.settings({ registries: { "registry.invalid": { mirrors: [`http://${mirror.host}`] } } });
    await expect(open("registry.invalid").manifest("latest")).rejects.toThrow();
    expect(own.requests.map(({ headers }) => headers.authorization)).toEqual([undefined]);
    expect(mirror.requests.map(({ headers }) => headers.authorization)).toEqual([undefined]);
  });
});

it("a redirect through another host back to the registry carries no login", async () => {
  let to = "";
  const own = await startOwn("by password", (request, response) => {
    if (!request.url?.includes("/blobs/")) return false;
    response.writeHead(307, { location: `${to}/x` }).end();
    return true;
  });
  const stranger = await startScripted({}, (_, response) => {
    response.writeHead(307, { location: `http://${own.host}/v2/private/manifests/latest` }).end();
    return true;
  });
  cleanups.push(stranger.stop);
  to = `http://${stranger.host}`;
  await expect(read(open(own.host).blob(layer))).rejects.toMatchObject({ code: "access-denied" });
  const last = own.requests.at(-1);
  expect([last?.path, last?.headers.authorization]).toEqual(["/v2/private/manifests/latest", undefined]);
});

it("a real registry whose blobs are elsewhere does not leak the password", { tags: "registry" }, async () => {
  const stranger = await startStranger((url) => `Bearer realm="${url}/token"`);
  const real = await startRegistry({ htpasswd: ANN.htpasswd, redirect: stranger.url });
  cleanups.push(real.stop);
  await pushImage(real.host, "team/app", "latest", image, BASIC);
  await user.dockerConfig({ auths: { [real.host]: { auth: base64(`${ANN.username}:${ANN.password}`) } } });
  const repository = open(real.host);
  expect((await repository.manifest("latest")).digest).toBe(image.digest);
  await expect(read(repository.blob(layer))).rejects.toMatchObject({
    code: "access-denied",
    message: expect.stringContaining(`redirects to ${stranger.host}`) as string,
  });
  expect(stranger.heard).toHaveLength(1);
  expectNoSecret(stranger);
});
