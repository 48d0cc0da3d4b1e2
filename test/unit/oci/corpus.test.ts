import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { parseImageConfig, parseManifest } from "../../../src/oci/manifest.js";
import { formatReference, parseReference } from "../../../src/config/syntax/reference.js";
import { openCorpus } from "../../corpus/corpus.js";
import { makeImage, makeIndex, makeTar } from "../../registry/image.js";
import { indexTar } from "../../tree/index-layers.js";
import { paxRecord, withChecksum, writeMember, writeTar } from "../../tree/tar-writer.js";

const image = makeImage([makeTar({ a: "1" })]);
const documents = [image.manifest, makeIndex([{ image }]).manifest];
const configuration = image.blobs.get(image.configDigest) ?? Buffer.alloc(0);
const sparse = { "GNU.sparse.map": "0,10,20,5", "GNU.sparse.size": "100" };
const tars = [
  writeTar([
    { path: "folder/", type: "5", mode: 0o755 },
    { path: "file", type: "0", data: Buffer.from("x"), xattrs: { "user.a": Buffer.from("b") } },
    { path: "l".repeat(120), type: "2", linkTarget: "t".repeat(120) },
    { path: "hard", type: "1", linkTarget: "file" },
    { path: "tty", type: "3", major: 5, minor: 0 },
  ]),
  writeTar([{ path: "sparse", type: "0", data: Buffer.alloc(15), pax: sparse }]),
  Buffer.concat([
    writeMember({ path: "g", type: "g", data: paxRecord("uid", "7") }),
    writeTar([{ path: "file", type: "0", data: Buffer.from("x") }]),
  ]),
];

/** Corrects the checksums of changed headers; otherwise, most inputs would only test the checksum. */
function withChecksums(tar: Buffer): Buffer {
  for (let at = 0; at + 512 <= tar.length; at += 512) {
    if (tar[at + 257] === 0x75) withChecksum(tar.subarray(at, at + 512));
  }
  return tar;
}

const PARSERS: [string, Buffer[], (input: Buffer) => string, (input: Buffer) => Buffer][] = [
  ["tar", tars, (tar) => [...new Set(indexTar(tar).map(({ type }) => type))].sort().join(" "), withChecksums],
  ["manifest", documents, (data) => Object.keys(parseManifest(data, "it")).sort().join(" "), (data) => data],
  ["config", [configuration], (data) => typeof parseImageConfig(data, "it"), (data) => data],
  [
    "reference",
    ["nginx", "ghcr.io:443/a/b:1", `a@sha256:${"0".repeat(64)}`, "[::1]:5000/a-b__c"].map((text) =>
      Buffer.from(text),
    ),
    (data) => {
      const reference = parseReference(data.toString());
      expect(parseReference(formatReference(reference))).toEqual(reference);
      return Object.keys(reference).sort().join(" ");
    },
    (data) => data,
  ],
];

type Edit = [kind: number, at: number, length: number, bytes: Uint8Array];
const edits = fc.array(
  fc.tuple(fc.nat(4), fc.nat(), fc.integer({ min: 1, max: 600 }), fc.uint8Array({ maxLength: 12 })),
  { minLength: 1, maxLength: 4 },
);

/** Replaces, inserts, removes, repeats or moves bytes. */
function edited(input: Buffer, [kind, place, length, bytes]: Edit): Buffer {
  const at = place % (input.length + 1);
  const [before, rest] = [input.subarray(0, at), input.subarray(at)];
  const piece = rest.subarray(0, length);
  const by = [bytes, bytes, [], Buffer.concat([piece, piece]), "0123456789-=\0:/"][kind] ?? [];
  const gone = [bytes.length, 0, length, length, 1][kind] ?? 0;
  const put = kind === 4 ? Buffer.from(String(by)[length % 15] ?? "") : Buffer.from(by as Uint8Array);
  return Buffer.concat([before, put, rest.subarray(gone)]);
}

describe.each(PARSERS)("the stored inputs of the %s parser", (kind, seeds, parse, repair) => {
  const corpus = openCorpus(kind, parse);
  afterAll(corpus.save);

  it("have the same outcomes as when they were stored", () => {
    for (const input of corpus.inputs) {
      const { outcome, kept } = corpus.check(input);
      expect(outcome).toBe(kept);
    }
  });

  it("are accepted, or refused in one line, after random changes", () => {
    const all = [...seeds, ...corpus.inputs];
    seeds.forEach(corpus.note);
    fc.assert(
      fc.property(fc.constantFrom(...all), edits, fc.boolean(), (input, changes, whole) => {
        const changed = changes.reduce(edited, input);
        corpus.note(whole ? repair(Buffer.from(changed)) : changed);
      }),
      { numRuns: Number(process.env["BOX_TEST_RUNS"] ?? 500) },
    );
  });
});
