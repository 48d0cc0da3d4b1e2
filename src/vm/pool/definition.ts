import * as z from "zod/mini";
import { BoxConfig } from "../../config/box-config.js";
import { BoxOptions } from "../../config/box-options.js";
import { BoxError } from "../../errors.js";
import { writeFileAtomic } from "../../host/files.js";
import { readRecordFile } from "../../host/read.js";
import { poolFiles } from "./files.js";

/** The box that a pool's VMs are for, and the numbers of the pool in its configuration (`pool.json`). */
export const PoolDefinition = z.object({
  version: z.literal(1),
  config: BoxConfig,
  options: BoxOptions,
  vmm: z.exactOptional(z.enum(["krun", "qemu"])),
  platform: z.exactOptional(z.string()),
  /** The manifest of the image that its VMs have, once they have been booted. */
  digest: z.exactOptional(z.string()),
});
export type PoolDefinition = z.infer<typeof PoolDefinition>;

function damaged(folder: string, cause?: unknown): BoxError {
  return new BoxError("store-unreadable", `${poolFiles(folder).definition} is damaged`, {
    hint: "stop the pool, and start it with an image",
    cause,
  });
}

/** Reads a pool's definition. @returns undefined if there is none @throws BoxError store-unreadable */
export async function readDefinition(folder: string): Promise<PoolDefinition | undefined> {
  const bytes = await readRecordFile(poolFiles(folder).definition, () => damaged(folder));
  if (bytes === undefined) return undefined;
  try {
    return PoolDefinition.parse(JSON.parse(bytes.toString()));
  } catch (error) {
    throw damaged(folder, error);
  }
}

export async function writeDefinition(folder: string, definition: PoolDefinition): Promise<void> {
  await writeFileAtomic(poolFiles(folder).definition, JSON.stringify(definition));
}
