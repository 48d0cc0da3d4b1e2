import { createHash } from "node:crypto";
import { setImmediate } from "node:timers/promises";
import fc from "fast-check";
import { expect, test } from "vitest";
import { BoxError } from "../../../../src/errors.js";
import { decodeEntries, encodeEntries } from "../../../../src/oci/index/entry-file.js";
import { indexTar } from "../../../tree/index-layers.js";
import { anyLayer } from "../../../tree/layers.js";
import { writeTar } from "../../../tree/tar-writer.js";

const entries = anyLayer.map((layer) => indexTar(writeTar(layer)));

test("decodes entries as they were encoded", async () => {
  const property = fc.asyncProperty(entries, async (list) => {
    // Keeps the test runner responsive between runs, however slow the machine.
    await setImmediate();
    expect(decodeEntries(encodeEntries(list))).toEqual(list);
  });
  await fc.assert(property, { numRuns: 50 });
});

test("accepts an empty list", () => {
  expect(decodeEntries(encodeEntries([]))).toEqual([]);
});

test("detects any damaged byte and any truncation", () => {
  const list = encodeEntries(indexTar(writeTar([{ path: "a", type: "0", data: Buffer.from("x") }])));
  for (let at = 0; at < list.length; at++) {
    const damaged = Buffer.from(list);
    damaged[at] = (damaged[at] ?? 0) ^ 1;
    expect(() => decodeEntries(damaged)).toThrow(BoxError);
    expect(() => decodeEntries(list.subarray(0, at))).toThrow(BoxError);
  }
});

test(
  "turns a damaged list with a valid checksum into entries or a BoxError, nothing else",
  { tags: "slow" },
  async () => {
    const changes = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(entries, changes, async (list, mutations) => {
        await setImmediate();
        const body = encodeEntries(list).subarray(0, -32);
        for (const [at, byte] of mutations) body[8 + (at % Math.max(1, body.length - 8))] = byte;
        try {
          decodeEntries(Buffer.concat([body, createHash("sha256").update(body).digest()]));
        } catch (error) {
          expect(error).toBeInstanceOf(BoxError);
        }
      }),
      { numRuns: Number(process.env["BOX_TEST_RUNS"] ?? 150) },
    );
  },
);
