import { describe, expect, it } from "vitest";
import { makeImage, makeTar } from "../../../registry/image.js";
import type { Fault } from "../../../registry/scripted.js";
import { openScripted } from "./scripted-repository.js";

const image = makeImage([makeTar({ a: "b" })]);
const open = (fault?: Fault) => openScripted(image, fault);

describe("manifests", () => {
  it("are requested with the types that box supports", async () => {
    const { repository, registry } = await open();
    await repository.manifest("latest");
    for (const type of [
      "vnd.oci.image.index.v1",
      "vnd.oci.image.manifest.v1",
      "vnd.docker.distribution.manifest.list.v2",
      "vnd.docker.distribution.manifest.v2",
    ]) {
      expect(registry.requests[0]?.headers.accept).toContain(`application/${type}+json`);
    }
  });

  it.each([
    ["application/vnd.oci.image.index.v1+json; charset=utf-8", false],
    ["application/vnd.oci.image.manifest.v1+json; charset=utf-8", true],
    ["application/octet-stream", true],
    [undefined, true],
  ])("with an image manifest's own type and the Content-Type %j are accepted: %j", async (type, taken) => {
    const { repository } = await open((_, response) => {
      response.writeHead(200, type === undefined ? {} : { "content-type": type });
      response.end(image.manifest);
      return true;
    });
    if (taken) expect((await repository.manifest("latest")).digest).toBe(image.digest);
    else await expect(repository.manifest("latest")).rejects.toMatchObject({ code: "bad-image" });
  });
});
