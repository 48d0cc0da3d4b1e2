import { describe, expect, it } from "vitest";
import { makeImage, makeTar } from "../../../registry/image.js";
import { startScripted, type Fault } from "../../../registry/scripted.js";
import { cleanups, openScripted, read } from "./scripted-repository.js";

const image = makeImage([makeTar({ hello: "world" })]);
const [layer] = image.layers;
if (!layer) throw new Error("no layer");
const content = image.blobs.get(layer.digest) ?? Buffer.alloc(0);

const open = (fault: Fault) => openScripted(image, fault);

describe("redirects", () => {
  it("to another host are followed without Authorization", async () => {
    const cdn = await startScripted({ latest: image });
    cleanups.push(cdn.stop);
    const { repository, registry } = await open((request, response) => {
      if (request.url?.startsWith("/token")) {
        response.end('{"token":"secret"}');
        return true;
      }
      if (request.headers.authorization !== "Bearer secret") {
        response.writeHead(401, {
          "www-authenticate": `Bearer realm="http://${request.headers.host ?? ""}/token",service="s"`,
        });
        response.end();
        return true;
      }
      if (!request.url?.includes("/blobs/")) return false;
      response.writeHead(307, { location: `http://${cdn.host}/cdn${request.url}` });
      response.end();
      return true;
    });
    expect((await read(repository.blob(layer))).equals(content)).toBe(true);
    expect(cdn.requests.map(({ headers }) => headers.authorization)).toEqual([undefined]);
    expect(registry.requests.at(-1)?.headers.authorization).toBe("Bearer secret");
  });

  it("in a loop are refused", async () => {
    const { repository, registry } = await open((request, response) => {
      response.writeHead(302, { location: request.url }).end();
      return true;
    });
    await expect(repository.manifest("latest")).rejects.toMatchObject({ code: "bad-redirect" });
    expect(registry.requests.length).toBe(6);
  });

  it.each(["file:///etc/passwd", "ftp://host/x", "", "http://[bad"])(
    "to %j are refused",
    async (location) => {
      const { repository } = await open((_, response) => {
        response.writeHead(302, { location }).end();
        return true;
      });
      await expect(repository.manifest("latest")).rejects.toMatchObject({ code: "bad-redirect" });
    },
  );
});
