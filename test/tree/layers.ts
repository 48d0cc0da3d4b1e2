import fc from "fast-check";
import type { Entry } from "../../src/oci/index/entry.js";
import { mergeLayers } from "../../src/oci/index/merge.js";
import { indexTar } from "./index-layers.js";
import { type Member, writeTar } from "./tar-writer.js";

const LONG = "long-".repeat(40);
const NAMES = ["a", "b", "c", "dir", "lib64", "x y", "\xe9\xff", "!first", LONG];

const name = fc.constantFrom(...NAMES);
const path = fc.array(name, { minLength: 1, maxLength: 3 }).map((parts) => parts.join("/"));
const id = fc.oneof(fc.constantFrom(0, 1000, 65_535, 65_536, 3_000_000), fc.nat(4_000_000));
const attributes = fc.record({
  mode: fc.constantFrom(0o644, 0o755, 0o4755, 0o2755, 0o1777, 0o600, 0, 0o7777),
  uid: id,
  gid: id,
  mtime: fc.oneof(fc.constant(1_700_000_000), fc.integer({ min: -1000, max: 1_700_000_000 })),
  mtimeNanoseconds: fc.oneof(fc.constant(0), fc.nat(999_999_999)),
});
const data = fc.oneof(
  fc.constant(Buffer.alloc(0)),
  fc.tuple(fc.nat(5000), fc.nat(255)).map(([size, seed]) => pattern(size, seed)),
);
const capability = Buffer.from("0100000202000000000000000000000000000000", "hex");
const xattrs = fc.oneof(
  { weight: 3, arbitrary: fc.constant({}) },
  {
    weight: 1,
    arbitrary: fc.record(
      {
        "user.test": fc.uint8Array({ minLength: 1, maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
        "trusted.test": fc.constant(pattern(700, 3)),
        "security.capability": fc.constant(capability),
      },
      { requiredKeys: [] },
    ),
  },
);
const sparse = fc
  .array(fc.tuple(fc.nat(9000), fc.integer({ min: 1, max: 5000 })), { maxLength: 5 })
  .chain((parts) =>
    fc.tuple(fc.boolean(), fc.nat(9000)).map(([aligned, tail]) => {
      let end = 0;
      const segments = parts.map(([gap, length]) => {
        const unit = aligned ? 512 : 1;
        const offset = end + gap * unit;
        end = offset + length * unit;
        return { offset, length: length * unit };
      });
      const bytes = segments.reduce((sum, { length }) => sum + length, 0);
      return { sparse: { size: end + tail, segments }, data: pattern(bytes, tail % 256) };
    }),
  );

const member: fc.Arbitrary<Member> = fc.oneof(
  { weight: 6, arbitrary: make("0", { data, xattrs }) },
  { weight: 4, arbitrary: make("5", { xattrs }) },
  {
    weight: 2,
    arbitrary: make("2", {
      linkTarget: fc.oneof(
        path,
        path.map((target) => `/${target}`),
        fc.constant(".."),
      ),
    }),
  },
  { weight: 3, arbitrary: make("1", { linkTarget: path }) },
  { weight: 1, arbitrary: make("3", { major: fc.nat(400), minor: fc.integer({ min: 1, max: 100_000 }) }) },
  { weight: 1, arbitrary: make("4", { major: fc.nat(400), minor: fc.nat(100_000) }) },
  { weight: 1, arbitrary: make("6", {}) },
  {
    weight: 1,
    arbitrary: fc.tuple(make("0", {}), sparse).map(([base, file]) => ({ ...base, ...file })),
  },
  {
    weight: 3,
    arbitrary: fc.tuple(path, fc.boolean()).map(([whole, opaque]) => {
      const parts = whole.split("/");
      const last = parts.pop() ?? "";
      return { path: [...parts, opaque ? ".wh..wh..opq" : `.wh.${last}`].join("/"), type: "0" };
    }),
  },
);

function make(type: string, fields: Record<string, fc.Arbitrary<unknown>>): fc.Arbitrary<Member> {
  return fc
    .tuple(path, fc.constantFrom("", "./", "/"), attributes, fc.record(fields))
    .map(([where, prefix, common, own]) => ({ path: prefix + where, type, ...common, ...own }));
}

function pattern(size: number, seed: number): Buffer {
  const bytes = Buffer.alloc(size);
  for (let i = 0; i < size; i++) bytes[i] = (i * 31 + seed + (i >> 8)) & 0xff;
  return bytes;
}

/** A random layer that can be written to a tar; it need not make sense. */
export const anyLayer: fc.Arbitrary<Member[]> = fc.array(member, { minLength: 1, maxLength: 25 });

/**
 * Random layers, lowest first, whose entries can be applied in order; impossible ones (a hard link to nothing, a file
 * used as a directory) are left out.
 */
export const layerStack: fc.Arbitrary<Member[][]> = fc
  .array(anyLayer, { minLength: 1, maxLength: 4 })
  .map((layers) => {
    const kept: Member[][] = [];
    const entries: Entry[][] = [];
    for (const layer of layers) {
      const members: Member[] = [];
      const own: Entry[] = [];
      kept.push(members);
      entries.push(own);
      for (const candidate of layer) {
        own.push(...indexTar(writeTar([candidate])));
        if (applies(entries)) members.push(candidate);
        else own.pop();
      }
    }
    return kept;
  });

function applies(layers: readonly Entry[][]): boolean {
  try {
    mergeLayers(layers);
    return true;
  } catch {
    return false;
  }
}
