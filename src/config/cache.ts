import * as z from "zod/mini";
import { field, flag } from "./field.js";

/** Location and limits of the image cache: part of BoxConfig and of the settings. */
export const Cache = z.strictObject({
  enabled: field(
    z._default(z.boolean(), true),
    flag("Image", "--no-cache", "pull the image into a store that is removed with the box", {
      value: false,
    }),
  ),
  cacheDir: z._default(z.nullable(z.string()), null),
  maxRootfsEntries: z._default(z.int().check(z.minimum(1), z.maximum(1_000_000)), 10),
  maxCacheBytes: z._default(z.int().check(z.minimum(0), z.maximum(Number.MAX_SAFE_INTEGER)), 10 * 2 ** 30),
});
export type Cache = z.infer<typeof Cache>;
