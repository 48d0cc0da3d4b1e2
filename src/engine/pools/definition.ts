import { isDeepStrictEqual } from "node:util";
import type { DocumentInput } from "../../config/box-document.js";
import { formatPlatform, parsePlatform, type Platform } from "../../config/syntax/platform.js";
import { BoxError } from "../../errors.js";
import { PoolDefinition, readDefinition } from "../../vm/pool/definition.js";
import { poolFolder } from "../../vm/pool/files.js";
import type { ParsedRequest } from "../boxes/request.js";
import type { Context } from "../context.js";
import { checkPool } from "./find.js";

/** The box that a pool is for. */
export type PoolSubject = Pick<ParsedRequest, "config" | "options" | "vmm" | "platform">;

/** A pool in the notation of a `--config` file, and what such a file does not contain. */
export interface KnownPool {
  document: DocumentInput;
  platform: Platform | undefined;
}

/** Returns a pool as it was started. @throws BoxError no-such-pool, invalid-pool, store-unreadable */
export async function knownPool({ home }: Context, name: string): Promise<KnownPool> {
  await checkPool(home, name);
  const stored = await readDefinition(poolFolder(home, name));
  if (!stored) throw new BoxError("invalid-pool", `pool ${name} has no image`, { hint: "name one" });
  const { config, options, vmm, platform } = subjectIn(stored);
  const { persistent, ...others } = config;
  // Unless it was asked for, it follows from `--rm`, which may be changed.
  const asked = persistent === options.autoRemove ? { persistent } : {};
  return { document: { ...others, ...asked, record: { ...options, vmm } }, platform };
}

/** Returns the box in a pool's definition. */
export function subjectIn({ config, options, vmm, platform }: PoolDefinition): PoolSubject {
  return { config, options, vmm, platform: platform === undefined ? undefined : parsePlatform(platform) };
}

/**
 * Returns the box for which the VMs of a pool are booted. The configuration that boxes of the pool use serves for the
 * pool, too: that they take their VM from it does not apply to the pool, nor does their name.
 */
export function asSubject(request: ParsedRequest, name: string): ParsedRequest {
  const pool = { ...request.spec.pool, enabled: false, name };
  return {
    ...request,
    spec: { ...request.spec, pool },
    config: { ...request.config, pool },
    name: undefined,
  };
}

export function definitionOf({ config, options, vmm, platform }: PoolSubject): PoolDefinition {
  return {
    ...{ version: 1, config, options },
    ...(vmm === undefined ? {} : { vmm }),
    ...(platform === undefined ? {} : { platform: formatPlatform(platform) }),
  };
}

/** As it would be read from a file, without the image's manifest. */
function comparable(definition: PoolDefinition): object {
  return { ...PoolDefinition.parse(JSON.parse(JSON.stringify(definition))), digest: undefined };
}

export function isSame(one: PoolDefinition, other: PoolDefinition): boolean {
  return isDeepStrictEqual(comparable(one), comparable(other));
}
