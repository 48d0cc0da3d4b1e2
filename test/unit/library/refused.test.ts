import { describe, expect, it } from "vitest";
import type { Engine } from "../../../src/engine/engine.js";
import { validateConfig } from "../../../src/config/validate.js";
import { parseBox } from "../../../src/config/parse-box.js";
import { BoxError } from "../../../src/errors.js";
import { Box } from "../../../src/library/box.js";
import { openEngine } from "../../../src/library/door.js";
import { readWhole } from "../../../src/library/whole-file.js";

/** An engine whose every method throws an error that is not a BoxError. */
const never: unknown = new Proxy(() => undefined, {
  get: (_, name) => (name === "then" ? undefined : never),
  has: () => true,
  apply: () => {
    throw new Error("the engine was called");
  },
});

const box = new Box({ boxes: never, system: never } as Engine, "id", "name");

// As untyped programs would call it.
type Untyped = Record<string, (...given: unknown[]) => unknown>;
const files = box.files as unknown as Untyped;
const one = box as unknown as Untyped;
const boxes = Box as unknown as Untyped;
const open = openEngine as (...given: unknown[]) => unknown;

/** Code and message of the BoxError that a call throws or rejects with. */
async function refusalOf(call: () => unknown): Promise<unknown> {
  try {
    await call();
  } catch (error) {
    return error instanceof BoxError ? [error.code, error.message] : error;
  }
  return undefined;
}

describe("refuses, with a BoxError whose message is one line:", () => {
  it.each<[string, () => unknown, string]>([
    ["create()", () => boxes["create"]?.(), "options is missing"],
    ["create(null)", () => boxes["create"]?.(null), "options: is not an object"],
    ["create with {} as engine", () => boxes["create"]?.({ engine: {} }), "engine: is not an engine"],
    ["create with an array as record", () => boxes["create"]?.({ record: [] }), "record: is not an object"],
    ["getOrCreate()", () => boxes["getOrCreate"]?.(), "nameOrId: is missing"],
    ["getOrCreate(name)", () => boxes["getOrCreate"]?.("a"), "options is missing"],
    ["get(5)", () => boxes["get"]?.(5), "nameOrId: 5 is not a string"],
    ["list with {} as engine", () => boxes["list"]?.({ engine: {} }), "engine: is not an engine"],
    ["a number as an engine's home", () => open({ home: 5 }), "home: 5 is not a string"],
    ["an unknown option of an engine", () => open({ hom: "/a" }), 'unknown key "hom" in openEngine'],
    ["null as an engine's options", () => open(null), "openEngine: is not an object"],
    ["exec()", () => one["exec"]?.(), "command: is missing"],
    [
      "kill with something that is not a signal",
      () => one["kill"]?.({}),
      "signal: is not a signal's name or number",
    ],
    [
      "stop with a string as timeout",
      () => one["stop"]?.({ timeoutMs: "1" }),
      'timeoutMs: "1" is not a number',
    ],
    ["restart(null)", () => one["restart"]?.(null), "restart: is not an object"],
    ["start with {} as signal", () => one["start"]?.({ signal: {} }), "signal: is not an AbortSignal"],
    ["wait with an unknown option", () => one["wait"]?.({ timeoutMs: 1 }), 'unknown key "timeoutMs" in wait'],
    ["stats(null)", () => one["stats"]?.(null), "stats: is not an object"],
    [
      "commit with a string as changes",
      () => one["commit"]?.("a", { changes: "b" }),
      'changes: "b" is not an array',
    ],
    ["remove with a string as force", () => one["remove"]?.({ force: "b" }), 'force: "b" is not a boolean'],
    ["port with a string", () => one["port"]?.("80"), 'port: "80" is not a number'],
    ["extendTimeout()", () => one["extendTimeout"]?.(), "byMs: is missing"],
    [
      "missing content of a file",
      () => files["write"]?.("/a"),
      "content: is not a string, bytes or an async iterable of these",
    ],
    [
      "an unknown encoding of a file",
      () => files["read"]?.("/a", "latin1"),
      'encoding: "latin1" is not one of utf8, buffer',
    ],
    ["a string as mode", () => files["mkdir"]?.("/a", { mode: "755" }), 'mode: "755" is not a number'],
    ["null as options for a file", () => files["list"]?.("/a", null), "list: is not an object"],
    ["upload without a source", () => files["upload"]?.(undefined, "/a"), "hostPath: is missing"],
    ["download without a target", () => files["download"]?.("/a"), "hostPath: is missing"],
  ])("%s", async (_, call, message) => {
    expect(await refusalOf(call)).toEqual(["invalid-option", message]);
  });

  it.each([...["read", "readStream", "write", "list", "stat", "mkdir", "remove", "watch", "download"]])(
    "files.%s without a path or with a relative path",
    async (verb) => {
      expect(await refusalOf(() => files[verb]?.())).toEqual(["invalid-option", "path: is missing"]);
      expect(await refusalOf(() => files[verb]?.("etc/passwd", "x"))).toEqual([
        "invalid-path",
        'path: "etc/passwd" is not an absolute path',
      ]);
    },
  );

  it("files.rename and files.upload to a relative path", async () => {
    expect(await refusalOf(() => files["rename"]?.("/a", "b"))).toEqual([
      "invalid-path",
      'to: "b" is not an absolute path',
    ]);
    expect(await refusalOf(() => files["upload"]?.("/a", "b"))).toEqual([
      "invalid-path",
      'path: "b" is not an absolute path',
    ]);
  });
});

it.each([
  [
    () => validateConfig({ image: "a", resources: { memoryMb: "a" } }),
    "resources.memoryMb",
    '"a" is not a number',
  ],
  [() => validateConfig({}), "image", "is missing"],
  [() => validateConfig({ image: "a", nosuch: 1 }), undefined, 'unknown key "nosuch" in the configuration'],
  [() => validateConfig({ image: "a", resources: { mem: 1 } }), undefined, 'unknown key "mem" in resources'],
  [
    () => parseBox({ config: { image: "a" }, options: { init: 5 as unknown as boolean } }),
    "record.init",
    "5 is not a boolean",
  ],
  [() => open({ home: 5 }), "home", "5 is not a string"],
])("errors in a configuration or options have the field as their subject: %s", (action, subject, reason) => {
  expect(action).toThrow(expect.objectContaining({ subject, reason }) as Error);
});

describe("reading a whole file", () => {
  const limits = { large: 4, most: { buffer: 8, utf8: 6 } };
  function fileOf(length: number, size = length) {
    const asked: string[] = [];
    return {
      asked,
      read: async function* () {
        asked.push("content");
        for (let at = 0; at < length; at++) yield await Promise.resolve(Buffer.from("a"));
      },
      size: () => {
        asked.push("size");
        return Promise.resolve(size);
      },
    };
  }

  it.each([
    [4, "buffer", ["content"]],
    [8, "buffer", ["content", "size", "content"]],
    [6, "utf8", ["content", "size", "content"]],
  ] as const)("accepts %i bytes as %s", async (length, encoding, asked) => {
    const file = fileOf(length);
    expect((await readWhole(file, "/a", encoding, limits)).length).toBe(length);
    expect(file.asked).toEqual(asked);
  });

  it.each([
    [9, 9, "buffer", ["content", "size"]],
    [7, 7, "utf8", ["content", "size"]],
    // A file that grows, or whose size is reported as 0.
    [9, 0, "buffer", ["content", "size", "content"]],
  ] as const)(
    "refuses a file that is too large: %i bytes, with a reported size of %i, as %s",
    async (length, size, how, asked) => {
      const file = fileOf(length, size);
      await expect(readWhole(file, "/a", how, limits)).rejects.toMatchObject({ code: "file-too-large" });
      expect(file.asked).toEqual(asked);
    },
  );
});
