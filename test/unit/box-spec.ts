import type * as z from "zod/mini";
import { BoxConfig } from "../../src/config/box-config.js";
import { BoxOptions } from "../../src/config/box-options.js";
import { toSpec, type BoxSpec } from "../../src/config/spec.js";

/** Returns the spec of a box with these fields, and defaults for all others. */
export function boxSpec(
  config: Partial<z.input<typeof BoxConfig>> = {},
  record: z.input<typeof BoxOptions> = {},
): BoxSpec {
  return toSpec(BoxConfig.parse({ image: "x", ...config }), BoxOptions.parse(record), "/");
}
