import * as z from "zod/mini";
import { BoxError } from "../errors.js";
import { readIfExists, statIfExists } from "../host/read.js";
import { knownTime } from "./created.js";
import type { FoundImage } from "./find.js";
import { layerFiles, imageFiles, imageFolder, layersFolder } from "./store/paths.js";
import type { Store } from "./store/store.js";

/** The parts of an image's configuration (OCI image-spec, config.md) that are shown to users. */
const Details = z.object({
  created: z.nullish(z.string()),
  author: z.optional(z.string()),
  /** In old configurations by Docker; newer ones only have it in the history. */
  comment: z.optional(z.string()),
  architecture: z.string(),
  variant: z.optional(z.string()),
  os: z.string(),
  config: z.nullish(z.record(z.string(), z.unknown())),
  rootfs: z.object({ diff_ids: z.array(z.string()) }),
  history: z.nullish(
    z.array(
      z.object({
        created: z.nullish(z.string()),
        created_by: z.optional(z.string()),
        comment: z.optional(z.string()),
        empty_layer: z.optional(z.boolean()),
      }),
    ),
  ),
});
export type Details = z.infer<typeof Details>;

/** @throws BoxError image-damaged if the file is missing or damaged */
export async function readDetails(store: Store, { digest, record }: FoundImage): Promise<Details> {
  const path = imageFiles(imageFolder(store, digest)).config;
  const bytes = await readIfExists(path);
  try {
    return Details.parse(JSON.parse(bytes?.toString() ?? ""));
  } catch (cause) {
    throw new BoxError("image-damaged", `the configuration of image ${record.id} cannot be read: ${path}`, {
      hint: "pull the image again",
      cause,
    });
  }
}

export interface HistoryStep {
  /** ISO 8601 */
  created?: string;
  createdBy: string;
  comment: string;
  /** Bytes of its layer's tar; 0 for a step without a layer. */
  size: number;
}

/** Returns the history of an image, newest first. A layer without a history entry is a step of its own. */
export async function readHistory(store: Store, image: FoundImage): Promise<HistoryStep[]> {
  const { history, rootfs } = await readDetails(store, image);
  const layers = await Promise.all(
    rootfs.diff_ids.map(
      async (diffId) => (await statIfExists(layerFiles(layersFolder(store), diffId).tar))?.size ?? 0,
    ),
  );
  const steps = (history ?? []).map(({ created, created_by = "", comment = "", empty_layer = false }) => ({
    ...(knownTime(created) === undefined ? {} : { created: created ?? "" }),
    createdBy: created_by,
    comment,
    size: empty_layer ? 0 : (layers.shift() ?? 0),
  }));
  return [...steps, ...layers.map((size) => ({ createdBy: "", comment: "", size }))].reverse();
}
