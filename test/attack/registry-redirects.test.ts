import { describe, expect, it } from "vitest";
import { parseReference } from "../../src/config/syntax/reference.js";
import { askDigest } from "../../src/oci/registry/head.js";
import { tryLogin } from "../../src/oci/registry/login.js";
import { cancelUpload, mountBlob } from "../../src/oci/registry/upload-session.js";
import { blobExists, manifestExists, putManifest } from "../../src/oci/registry/upload.js";
import { ANN } from "../registry/user.js";
import {
  ASKS,
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
} from "./registry-logins.js";
import { currentHome } from "../unit/current.js";

const large = Buffer.alloc(9 * 2 ** 20, "x");

/** Kinds of requests, with functions that send them. */
const READS: Record<string, (host: string) => Promise<unknown>> = {
  "a manifest by tag": (host) => open(host).manifest("latest"),
  "a manifest by digest": (host) => open(host).manifest(image.digest),
  "a configuration": (host) => open(host).document({ digest: image.configDigest, size: 100 }, "it"),
  "a layer": (host) => read(open(host).blob(layer)),
  "the referrers": (host) => open(host).referrers(image.digest),
  "the tags": (host) => open(host).tags(),
  "the progress of an upload": async (host) => {
    const session = openToPush(host);
    return session.send(
      new URL("/v2/team/app/blobs/uploads/1", await session.origin()),
      { headers: {} },
      "it",
    );
  },
};
const HEADS: Record<string, (host: string) => Promise<unknown>> = {
  "the digest of a tag": (host) =>
    askDigest(currentHome(), parseReference(`${host}/team/app:latest`), LIMITS),
  "whether a blob is there": (host) => blobExists(openToPush(host), layer.digest),
  "whether a manifest is there": (host) => manifestExists(openToPush(host), image.digest),
};
const WRITES: Record<string, (host: string) => Promise<unknown>> = {
  "the start of an upload": (host) => upload(openToPush(host), Buffer.from("small")),
  "a mount": (host) => mountBlob(openToPush(host), layer.digest, "team/base"),
  "a manifest that is put": (host) =>
    putManifest(openToPush(host), "latest", { data: image.manifest, mediaType: image.mediaType }, "it"),
};

const CHALLENGES: Record<string, (own: string) => (url: string) => string> = {
  "a password": () => () => 'Basic realm="stranger"',
  "a token of its own": () => (url) => `Bearer realm="${url}/token",service="stranger"`,
  "a token of the registry's": (own) => () => `Bearer realm="http://${own}/token",service="own"`,
};

describe.each(Object.keys(CHALLENGES))("a redirect to a server that demands %s", (wants) => {
  const statuses = [301, 302, 303, 307, 308];
  const kinds = Object.entries({ ...READS, ...HEADS, ...WRITES });
  it.each(ASKS)("gets no login of the registry that asks %s", async (asks) => {
    for (const [i, [kind, request]] of kinds.entries()) {
      let to = "";
      const own = await startOwn(
        asks,
        leadTo(() => to, statuses[i % statuses.length] ?? 307),
      );
      const stranger = await startStranger(CHALLENGES[wants]?.(own.host) ?? (() => ""));
      to = stranger.url;
      const outcome: unknown = await request(own.host).catch((error: unknown) => error);
      expectNoSecret(stranger);
      // Proves that the request reached the attacker: only GET requests follow redirects.
      expect([kind, stranger.heard.length > 0]).toEqual([kind, kind in READS]);
      if (kind in READS) {
        expect(outcome).toMatchObject({
          code: "access-denied",
          message: expect.stringContaining(`redirects to ${stranger.host}`) as string,
        });
      }
    }
  });

  it.each(ASKS)("gets no login of the registry that asks %s, but accepts uploads", async (asks) => {
    for (const data of [Buffer.from("small"), large]) {
      let to = "";
      const own = await startOwn(asks, (request, response) => {
        if (request.url?.startsWith("/token")) return false;
        request.resume();
        if (request.method !== "POST") response.writeHead(500).end();
        else response.writeHead(202, { location: `${to}/upload/1` }).end();
        return true;
      });
      const stranger = await startStranger(CHALLENGES[wants]?.(own.host) ?? (() => ""));
      to = stranger.url;
      await expect(upload(openToPush(own.host), data)).rejects.toMatchObject({ code: "access-denied" });
      expectNoSecret(stranger);
      const methods = stranger.heard.map((text) => text.split(" ", 1)[0]);
      expect(methods).toEqual([data === large ? "PATCH" : "PUT", "DELETE"]);
      await cancelUpload(openToPush(own.host), { location: new URL(`${to}/upload/1`), chunkBytes: 1 });
      expectNoSecret(stranger);
    }
  });

  it("gets no login when the next page of tags is there", async () => {
    let to = "";
    const own = await startOwn("by password", (request, response) => {
      if (!request.url?.includes("/tags/")) return false;
      response.writeHead(200, { link: `<${to}/v2/team/app/tags/list?last=a>; rel="next"` });
      response.end('{"tags":["a"]}');
      return true;
    });
    const stranger = await startStranger(CHALLENGES[wants]?.(own.host) ?? (() => ""));
    to = stranger.url;
    await expect(open(own.host).tags()).rejects.toMatchObject({ code: "bad-tag-list" });
    expect(stranger.heard).toEqual([]);
  });

  it("gets no login when a token expires during the request", async () => {
    let [to, asked] = ["", 0];
    const own = await startOwn("by token for a password", (request, response) => {
      if (request.url?.includes("/blobs/")) {
        if (asked++ === 0) {
          // Half of it, then the connection breaks.
          const data = image.blobs.get(layer.digest) ?? Buffer.alloc(0);
          response.writeHead(200, { "content-length": data.length });
          response.write(data.subarray(0, data.length >> 1), () => response.destroy());
        } else response.writeHead(307, { location: `${to}/blob` }).end();
        return true;
      }
      return false;
    });
    const stranger = await startStranger(CHALLENGES[wants]?.(own.host) ?? (() => ""));
    to = stranger.url;
    await expect(read(open(own.host).blob(layer))).rejects.toMatchObject({ code: "access-denied" });
    expect(stranger.heard).toHaveLength(1);
    expectNoSecret(stranger);
  });

  it("gets no password at login", async () => {
    let to = "";
    const own = await startOwn(
      "never",
      leadTo(() => to, 307),
    );
    const stranger = await startStranger(CHALLENGES[wants]?.(own.host) ?? (() => ""));
    to = stranger.url;
    await expect(tryLogin(currentHome(), own.host, ANN, signal, LIMITS)).rejects.toMatchObject({
      code: "registry-failed",
      message: `registry ${own.host} redirects the login to ${stranger.host}`,
    });
    expectNoSecret(stranger);
  });

  it("gets no password at login when the response to the password redirects there", async () => {
    let to = "";
    const own = await startOwn(
      "by password",
      leadTo(() => to, 307),
    );
    const stranger = await startStranger(CHALLENGES[wants]?.(own.host) ?? (() => ""));
    to = stranger.url;
    await expect(tryLogin(currentHome(), own.host, ANN, signal, LIMITS)).rejects.toMatchObject({
      code: "registry-failed",
    });
    expectNoSecret(stranger);
  });
});
