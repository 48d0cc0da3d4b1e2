import { afterEach, describe, expect, it } from "vitest";
import { parseReference } from "../../../../src/oci/reference.js";
import { openRepository } from "../../../../src/oci/registry/client.js";
import { makeImage, makeTar } from "../../../registry/image.js";
import { startScripted, type Fault } from "../../../registry/scripted.js";

const image = makeImage([makeTar({ a: "b" })]);
const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function open(fault?: Fault) {
  const registry = await startScripted({ latest: image }, fault);
  const repository = openRepository(
    parseReference(`${registry.host}/team/app`),
    new AbortController().signal,
  );
  cleanups.push(registry.stop, repository.close);
  return { registry, repository };
}

describe("manifests", () => {
  it("are asked for by the types that box reads", async () => {
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
  ])("that the registry calls %j, and themselves image manifests, are taken: %j", async (type, taken) => {
    const { repository } = await open((_, response) => {
      response.writeHead(200, type === undefined ? {} : { "content-type": type });
      response.end(image.manifest);
      return true;
    });
    if (taken) expect((await repository.manifest("latest")).digest).toBe(image.digest);
    else await expect(repository.manifest("latest")).rejects.toMatchObject({ code: "bad-image" });
  });
});
