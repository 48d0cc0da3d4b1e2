import type * as z from "zod/mini";
import type { BoxConfig } from "../../config/box-config.js";
import type { BoxOptions } from "../../config/box-options.js";

/** What flags say of a box's configuration; the image may come from elsewhere. */
export type ConfigInput = Partial<Omit<z.input<typeof BoxConfig>, "image">> & { image?: string | undefined };

export type OptionsInput = z.input<typeof BoxOptions>;

/** Lists that replace each other as a whole; all other lists add up. */
const WHOLE = new Set(["cmd", "entrypointOverride"]);

type Fields = Record<string, unknown>;

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function mergeFields(below: Fields, above: Fields): Fields {
  const merged: Fields = { ...below };
  for (const [key, value] of Object.entries(above)) {
    const old = Object.hasOwn(below, key) ? below[key] : undefined;
    if (value === undefined) continue;
    if (Array.isArray(value) && Array.isArray(old) && !WHOLE.has(key))
      merged[key] = [...(old as unknown[]), ...(value as unknown[])];
    else merged[key] = isFields(value) && isFields(old) ? mergeFields(old, value) : value;
  }
  return merged;
}

/**
 * Lays what flags say over what a file says: single values replace, lists add up with the flags' entries last, which
 * hold where only one can (variables, ulimits). What a flag does not say is undefined, and leaves the file's alone.
 */
export function mergeConfig(file: Record<string, unknown>, flags: ConfigInput): Record<string, unknown> {
  return mergeFields(file, flags);
}
