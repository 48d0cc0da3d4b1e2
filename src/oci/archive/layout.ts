import * as z from "zod/mini";
import { sha256 } from "../digest.js";
import { DOCUMENT_LIMIT } from "../manifest.js";
import { isDigest } from "../../config/syntax/reference.js";
import { badArchive } from "./bad-archive.js";
import { readWhole, type Contents } from "./contents.js";
import { parseDocument } from "./document.js";
import { createSource, type Archive, type ArchivedImage } from "./source.js";
import type { Store } from "../store/store.js";

const Layout = z.object({ imageLayoutVersion: z.string() });

const Index = z.object({
  manifests: z.array(
    z.object({
      digest: z.string().check(z.refine(isDigest, "is not a sha256 digest")),
      annotations: z.optional(z.record(z.string(), z.string())),
      platform: z.optional(z.unknown()),
    }),
  ),
});

/** A tag or a full name, depending on the tool. */
const REF_NAME = "org.opencontainers.image.ref.name";
/** Docker and containerd write the full name here. */
const IMAGE_NAME = "io.containerd.image.name";

function nameOf(annotations: Record<string, string>): { name?: string; tag?: string } {
  const { [IMAGE_NAME]: whole, [REF_NAME]: ref } = annotations;
  const tag = ref === undefined ? {} : { tag: ref };
  if (whole !== undefined) return { name: whole, ...tag };
  return ref !== undefined && /[:/@]/.test(ref) ? { name: ref, ...tag } : tag;
}

/** Merges the entries of an image, which is listed once for each of its names. */
function collect({ manifests }: z.infer<typeof Index>): ArchivedImage[] {
  const images = new Map<string, ArchivedImage>();
  for (const { digest, annotations = {} } of manifests) {
    const { name, tag } = nameOf(annotations);
    const key = `${digest} ${name === undefined ? (tag ?? "") : ""}`;
    const image = images.get(key) ?? { names: [], digest, ...(tag === undefined ? {} : { tag }) };
    if (name !== undefined && !image.names.includes(name)) image.names.push(name);
    images.set(key, image);
  }
  return [...images.values()];
}

/**
 * Reads an OCI layout (OCI image-spec, image-layout.md).
 * @returns undefined if there is no index.json
 * @throws BoxError bad-archive
 */
export async function readLayout(store: Store, contents: Contents): Promise<Archive | undefined> {
  const { what } = contents;
  const [marker, index] = await Promise.all([contents.find("oci-layout"), contents.find("index.json")]);
  if (!index) return undefined;
  if (!marker) throw badArchive(what, "it has an index.json but no oci-layout");
  const { imageLayoutVersion } = parseDocument(
    Layout,
    await readWhole(marker, 4096, what),
    what,
    "oci-layout",
  );
  if (!imageLayoutVersion.startsWith("1.")) {
    throw badArchive(what, `unsupported layout version ${JSON.stringify(imageLayoutVersion.slice(0, 20))}`);
  }
  const data = await readWhole(index, DOCUMENT_LIMIT, what);
  const parsed = parseDocument(Index, data, what, "index.json");
  const find = (digest: string) => contents.find(`blobs/${digest.replace(":", "/")}`);
  const source = createSource(store, what, find);
  const has = async (digest: string) => (await find(digest)) !== undefined;
  // Some tools list the platforms of an image directly in index.json: then index.json is the image's index.
  const { manifests } = parsed;
  const isIndex =
    manifests.length > 1 &&
    manifests.every((one) => one.platform !== undefined && !one.annotations?.[REF_NAME]);
  if (!isIndex) return { what, images: collect(parsed), source, has };
  const digest = sha256(data);
  const manifest: typeof source.manifest = async (asked) =>
    asked === digest ? { data, digest } : source.manifest(asked);
  return { what, images: [{ names: [], digest }], source: { ...source, manifest }, has };
}
