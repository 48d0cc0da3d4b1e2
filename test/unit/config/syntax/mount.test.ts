import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { joinCsv, splitCsv } from "../../../../src/config/syntax/csv.js";
import { formatMountSpec, parseMount, parseMountSpec } from "../../../../src/config/syntax/mount.js";
import { expectRefusal, expectStable, strings } from "./property.js";

const parse = (text: string) => parseMount(text, "/work");
const spec = (text: string) => parseMountSpec(text, "/work");

describe("parseMount", () => {
  it.each([
    [
      "type=bind,src=/a,dst=/b",
      { kind: "bind", source: "/a", target: "/b", readOnly: false, createSource: false },
    ],
    [
      "type=bind,source=.,target=/b,readonly",
      { kind: "bind", source: "/work", target: "/b", readOnly: true },
    ],
    ["type=bind,source=/a,destination=/b,ro=true", { kind: "bind", readOnly: true }],
    ["type=bind,source=/a,target=/b,readonly=0", { kind: "bind", readOnly: false }],
    ["type=bind,source=/a,target=/b,bind-propagation=rprivate", { kind: "bind" }],
    ["type=bind,source=/a,target=/b,bind-create-src", { kind: "bind", createSource: true }],
    ["type=bind,source=/a,target=/b,consistency=cached", { kind: "bind" }],
    ['type=bind,"source=/a,b",target=/b', { kind: "bind", source: "/a,b" }],
    ['type=bind,"source=/a""b",target=/b', { kind: "bind", source: '/a"b' }],
    ["type=volume,type=bind,src=/a,source=/c,dst=/b", { kind: "bind", source: "/c" }],
    ["type=volume,src=data,dst=/b,ro,readonly=F", { kind: "volume", readOnly: false }],
    ["type=volume,src=,dst=/b", { kind: "volume", source: "" }],
    ["TYPE=bind,SRC=/a,dst=/b", { kind: "bind", source: "/a" }],
    ["type=volume,src=data,dst=/b", { kind: "volume", source: "data", noCopy: false }],
    ["source=data,target=/b,volume-nocopy", { kind: "volume", source: "data", noCopy: true }],
    ["type=volume,target=/icanwrite", { kind: "volume", source: "", target: "/icanwrite" }],
    ["type=volume,src=data,dst=/b,volume-driver=local,ro", { kind: "volume", readOnly: true }],
    ["type=tmpfs,destination=/app", { kind: "tmpfs", target: "/app", options: [] }],
    [
      "type=tmpfs,dst=/app,tmpfs-size=64m,tmpfs-mode=1770",
      { kind: "tmpfs", target: "/app", options: ["size=67108864", "mode=1770"] },
    ],
    [
      "type=tmpfs,dst=/app,tmpfs-mode=700,ro",
      { kind: "tmpfs", target: "/app", options: ["ro", "mode=0700"] },
    ],
  ])("reads %s", (text, expected) => {
    expect(parse(text)).toMatchObject(expected);
  });

  it.each([
    "",
    "type=bind",
    "type=bind,target=/b",
    "type=bind,source=a,target=/b",
    "type=bind,source=,target=/b",
    "type=bind,source= /a,target=/b",
    "type=bind,source=/a,target=b",
    "type=bind,source=/a,target=/",
    "type=bind,source=/a,target=/b,readonly=maybe",
    "type=bind,source=/a,target=/b,volume-nocopy",
    "type=volume,source=x1,target=/b,bind-propagation=rprivate",
    "type=volume,source=/a,target=/b",
    "type=volume,source=x1,target=/b,volume-driver=nfs",
    "type=volume,source=x1,target=/b,volume-opt=type=nfs",
    "type=volume,source=x1,target=/b,volume-subpath=y",
    "type=tmpfs,source=/a,target=/b",
    "type=tmpfs,target=/b,tmpfs-mode=9",
    "type=image,source=x,target=/b",
    "type=npipe,source=x,target=/b",
    "type=bind,source=/a,target=/b,bind-propagation=rshared",
    "type=bind,source=/a,target=/b,bind-recursive=disabled",
    "type=bind,source=/a,target=/b,bind-nonrecursive",
    "type=bind,source=/a,target=/b,consistency=maybe",
    "type=bind,source=/a,target=/b,constructor=1",
    "type=bind,source=/a,target=/b,target",
    'type=bind,source="/a,target=/b',
    '"type=bind,source=/a',
    "type=bind,source=/a\0,target=/b",
  ])("refuses %j and quotes it", (text) => {
    expectRefusal(parse, text);
  });
});

it("quotes an invalid tmpfs size", () => {
  expect(() => parse("type=tmpfs,target=/b,tmpfs-size=x")).toThrow('tmpfs-size: "x"');
});

describe("parseMountSpec", () => {
  it("distinguishes the two notations", () => {
    expect(spec("/a=b,c:/b")).toMatchObject({ kind: "bind", source: "/a=b,c" });
    expect(spec("./type=bind:/b")).toMatchObject({ kind: "bind", source: "/work/type=bind" });
    expect(spec("data:/b=c,d")).toMatchObject({ kind: "volume", source: "data", target: "/b=c,d" });
    expect(spec("readonly,type=bind,source=/a,target=/b")).toMatchObject({ kind: "bind", readOnly: true });
    expect(() => spec("type=tmpfs,target=/b")).toThrow("tmpfs");
  });

  it.each([
    ["type=bind,src=/a,dst=/b,bind-create-src", "type=bind,source=/a,target=/b,bind-create-src"],
    ["type=volume,src=data,dst=/b,ro", "type=volume,source=data,target=/b,readonly"],
    ["type=volume,dst=/b", "type=volume,target=/b"],
    ["data:/b", "data:/b"],
    ["type=bind,src=/a,dst=/b", "type=bind,source=/a,target=/b"],
    ["type=bind,src=/a:c,dst=/b,bind-create-src", "type=bind,source=/a:c,target=/b,bind-create-src"],
    ['type=bind,"src=/a,c",dst=/b,ro', 'type=bind,"source=/a,c",target=/b,readonly'],
    ["type=volume,dst=/b,volume-nocopy", "type=volume,target=/b,volume-nocopy"],
    ["./x:/b:ro,z", "/work/x:/b:ro"],
  ])("keeps %s as %s", (text, kept) => {
    expect(formatMountSpec(spec(text))).toBe(kept);
  });

  it("round-trips through the canonical notation", () => {
    const pieces = [
      "type=bind",
      "type=volume",
      "source=",
      "target=/b",
      "/a",
      ",",
      '"',
      ":",
      "ro",
      "data",
      "./x",
    ];
    expectStable(strings(...pieces), spec, formatMountSpec);
    const path = fc.array(fc.constantFrom("a", ",", ":", '"', "=", "ü", " b"), { minLength: 1 });
    fc.assert(
      fc.property(path, path, fc.boolean(), fc.boolean(), (source, target, readOnly, createSource) => {
        const mount = {
          kind: "bind" as const,
          source: `/${source.join("")}x`,
          target: `/${target.join("")}x`,
          readOnly,
          createSource,
          long: true as const,
        };
        expect(spec(formatMountSpec(mount))).toEqual(mount);
      }),
    );
  });
});

describe("splitCsv", () => {
  it("reads back what joinCsv writes", () => {
    fc.assert(
      fc.property(fc.array(fc.string(), { minLength: 1 }), (fields) => {
        expect(splitCsv(joinCsv(fields))).toEqual(fields);
      }),
    );
  });
});
