import { afterEach, describe, expect, it } from "vitest";
import { parseReference } from "../../../../src/config/syntax/reference.js";
import { openRepository } from "../../../../src/oci/registry/client.js";
import { nextPage } from "../../../../src/oci/registry/tags.js";
import { makeImage, makeTar, pushImage } from "../../../registry/image.js";
import { startRegistry } from "../../../registry/registry.js";
import { startScripted, type Fault } from "../../../registry/scripted.js";
import { currentHome } from "../../current.js";

const image = makeImage([makeTar({ a: "b" })]);
const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function list(host: string): Promise<string[]> {
  const limits = { stallMs: 30_000, attempts: 2, backoffMs: 5 };
  const repository = openRepository(
    currentHome(),
    parseReference(`${host}/team/app`),
    new AbortController().signal,
    limits,
  );
  cleanups.push(repository.close);
  return repository.tags();
}

async function script(fault: Fault) {
  const registry = await startScripted({}, fault);
  cleanups.push(registry.stop);
  return registry;
}

describe("the tags of a repository", () => {
  it("in a real registry are all listed", { tags: "registry" }, async () => {
    const registry = await startRegistry();
    cleanups.push(registry.stop);
    const tags = ["1.0", "1.1", "2.0", "edge", "latest"];
    for (const tag of tags) await pushImage(registry.host, "team/app", tag, image);
    expect((await list(registry.host)).sort()).toEqual(tags);
  });

  it("may be null", async () => {
    const { host } = await script((_, response) => {
      response.end('{"name":"team/app","tags":null}');
      return true;
    });
    expect(await list(host)).toEqual([]);
  });

  it("are read page by page, following relative and absolute links", async () => {
    const registry = await script((request, response) => {
      const { searchParams } = new URL(request.url ?? "", "http://any");
      const last = Number(searchParams.get("last") ?? 0);
      const here = `http://${request.headers.host ?? ""}`;
      const place = last % 2 ? `${here}/v2/team/app/tags/list?last=${last + 1}` : `list?last=${last + 1}`;
      if (last < 4) response.setHeader("link", `<${place}>; rel="next"`);
      response.end(JSON.stringify({ tags: [`tag${last}`] }));
      return true;
    });
    expect(await list(registry.host)).toEqual(["tag0", "tag1", "tag2", "tag3", "tag4"]);
    expect(registry.requests.map(({ path }) => path)).toEqual([
      "/v2/team/app/tags/list?n=1000",
      ...[1, 2, 3, 4].map((page) => `/v2/team/app/tags/list?last=${page}`),
    ]);
  });

  it("end if the pages form a loop", async () => {
    const registry = await script((_, response) => {
      response.setHeader("link", '</v2/team/app/tags/list?last=b>; rel="next"');
      response.end('{"tags":["a","b"]}');
      return true;
    });
    expect(await list(registry.host)).toEqual(["a", "b"]);
    expect(registry.requests.length).toBe(2);
  });

  it("are refused if there are more than the limit", async () => {
    let page = 0;
    const { host } = await script((_, response) => {
      response.setHeader("link", `<list?last=${++page}>; rel=next`);
      response.end(JSON.stringify({ tags: Array.from({ length: 999 }, (_, i) => `tag-${page}-${i}`) }));
      return true;
    });
    await expect(list(host)).rejects.toMatchObject({
      code: "bad-tag-list",
      message: expect.stringContaining("more than 10000") as string,
    });
    expect(page).toBeLessThan(15);
  });

  it.each([
    ["is not JSON", "invalid", "not a valid tag list"],
    ["contains numbers", '{"tags":[1]}', "not a valid tag list"],
    ["contains a path out of the repository", '{"tags":["../../other/manifests/x"]}', "not a valid tag"],
    ["contains an escape sequence", '{"tags":["a\\u001b[31m"]}', "not a valid tag"],
  ])("are refused in a list that %s", async (_, body, reason) => {
    const { host } = await script((_request, response) => {
      response.end(body);
      return true;
    });
    const error: unknown = await list(host).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "bad-tag-list", message: expect.stringContaining(reason) as string });
    expect(String(error)).not.toContain("\u001b");
  });

  it("are refused in a list that exceeds the size limit", async () => {
    const { host } = await script((_, response) => {
      response.end(Buffer.alloc(5 * 2 ** 20, " "));
      return true;
    });
    await expect(list(host)).rejects.toMatchObject({ code: "response-too-large" });
  });

  it("are not requested from another host", async () => {
    const other = await script(() => false);
    const { host } = await script((_, response) => {
      response.setHeader("link", `<http://${other.host}/v2/team/app/tags/list?last=a>; rel="next"`);
      response.end('{"tags":["a"]}');
      return true;
    });
    await expect(list(host)).rejects.toMatchObject({ code: "bad-tag-list" });
    expect(other.requests).toEqual([]);
  });
});

it.each([
  [undefined, undefined],
  ['</v2/a/tags/list?last=x&n=2>; rel="next"', "/v2/a/tags/list?last=x&n=2"],
  ["<a>; rel=next", "a"],
  ['<a>; rel="prev", <b>; title="x"; rel="next"', "b"],
  ['<a>; rel="prev"', undefined],
  ["invalid", undefined],
])("the next page of the Link header %j is %j", (link, target) => {
  expect(nextPage(link)).toBe(target);
});
