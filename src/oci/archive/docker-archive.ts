import * as z from "zod/mini";
import { sha256 } from "../digest.js";
import { DOCUMENT_LIMIT, parseImageConfig } from "../manifest.js";
import { badArchive } from "./bad-archive.js";
import { hashContent, readWhole, type Content, type Contents } from "./contents.js";
import { parseDocument } from "./document.js";
import { createSource, type Archive, type ArchivedImage } from "./source.js";
import type { Store } from "../store/store.js";
import { counted } from "../../config/syntax/counted.js";

const Images = z.array(
  z.object({
    Config: z.string(),
    RepoTags: z.nullish(z.array(z.string())),
    Layers: z.nullish(z.array(z.string())),
  }),
);
type Saved = z.infer<typeof Images>[number];

const GZIP = [0x1f, 0x8b];

async function isGzip(content: Content): Promise<boolean> {
  for await (const [first, second] of content.read()) return first === GZIP[0] && second === GZIP[1];
  return false;
}

function fromMemory(data: Buffer): Content {
  return {
    size: data.length,
    // eslint-disable-next-line @typescript-eslint/require-await -- a stream must be asynchronous
    read: async function* () {
      yield data;
    },
  };
}

/**
 * Reads the format that `docker save` wrote before it also wrote OCI layouts, and that skopeo and podman call
 * `docker-archive`: a manifest.json that lists configurations and the tars of their layers. Each image gets the manifest
 * that it would have in a layout, so that the same archive always gives the same digest.
 * @returns undefined if there is no manifest.json
 * @throws BoxError bad-archive, bad-image
 */
export async function readDockerArchive(store: Store, contents: Contents): Promise<Archive | undefined> {
  const { what } = contents;
  const list = await contents.find("manifest.json");
  if (!list) return undefined;
  const saved = parseDocument(Images, await readWhole(list, DOCUMENT_LIMIT, what), what, "manifest.json");
  const found = new Map<string, Content>();

  async function need(name: string): Promise<Content> {
    const content = await contents.find(name);
    if (content) return content;
    throw badArchive(what, `${JSON.stringify(name.slice(0, 200))}, listed in manifest.json, is missing`);
  }

  async function describeLayer(name: string, diffId: string) {
    const content = await need(name);
    // The digest of a tar is in the configuration, and is verified when the tar is read.
    const gzip = await isGzip(content);
    const digest = gzip ? await hashContent(content) : diffId;
    found.set(digest, content);
    return {
      mediaType: `application/vnd.oci.image.layer.v1.tar${gzip ? "+gzip" : ""}`,
      digest,
      size: content.size,
    };
  }

  async function describe({ Config, RepoTags, Layers }: Saved): Promise<ArchivedImage> {
    const configBytes = await readWhole(await need(Config), DOCUMENT_LIMIT, what);
    const { rootfs } = parseImageConfig(configBytes, `the configuration ${Config.slice(0, 200)} in ${what}`);
    const layers = Layers ?? [];
    if (layers.length !== rootfs.diff_ids.length) {
      throw badArchive(
        what,
        `manifest.json lists ${counted(layers.length, "layer")}, but the configuration lists ${rootfs.diff_ids.length}`,
      );
    }
    const config = {
      mediaType: "application/vnd.oci.image.config.v1+json",
      digest: sha256(configBytes),
      size: configBytes.length,
    };
    const manifest = Buffer.from(
      JSON.stringify({
        schemaVersion: 2,
        mediaType: "application/vnd.oci.image.manifest.v1+json",
        config,
        layers: await Promise.all(layers.map((name, i) => describeLayer(name, rootfs.diff_ids[i] ?? ""))),
      }),
    );
    const digest = sha256(manifest);
    found.set(config.digest, fromMemory(configBytes));
    found.set(digest, fromMemory(manifest));
    return { names: RepoTags ?? [], digest };
  }

  const images: ArchivedImage[] = [];
  for (const one of saved) images.push(await describe(one));
  return {
    what,
    images,
    source: createSource(store, what, (digest) => Promise.resolve(found.get(digest))),
    has: (digest) => Promise.resolve(found.has(digest)),
  };
}
