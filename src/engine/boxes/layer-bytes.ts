import { stat } from "node:fs/promises";
import { boxFiles } from "../../vm/box/files.js";
import type { BoxRef, Context } from "../context.js";
import { resolveBox } from "./resolve.js";

/** Returns the disk usage of a box's writable layer, in bytes. @throws BoxError no-such-box, ambiguous-id */
export async function layerBytes(context: Context, ref: BoxRef): Promise<number> {
  const { folder } = await resolveBox(context, ref);
  return stat(boxFiles(folder).writableLayer).then(
    ({ blocks }) => blocks * 512,
    () => 0,
  );
}
