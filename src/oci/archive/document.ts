import type * as z from "zod/mini";
import { safeParse } from "zod/mini";
import { badArchive } from "./bad-archive.js";

/** Parses a JSON file of an archive. @throws BoxError bad-archive */
export function parseDocument<T>(schema: z.ZodMiniType<T>, data: Uint8Array, what: string, name: string): T {
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(data));
  } catch (error) {
    throw badArchive(what, `${name} is not valid JSON`, error);
  }
  const result = safeParse(schema, json);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw badArchive(what, `${name}: ${issue?.path.join(".") ?? ""} ${issue?.message ?? ""}`.trimEnd());
}
