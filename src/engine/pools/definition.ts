import { isDeepStrictEqual } from "node:util";
import { formatPlatform, parsePlatform } from "../../config/syntax/platform.js";
import { BoxError } from "../../errors.js";
import { PoolDefinition, readDefinition } from "../../vm/pool/definition.js";
import { poolFolder } from "../../vm/pool/files.js";
import type { ParsedRequest } from "../boxes/request.js";
import type { Context } from "../context.js";
import { checkPool } from "./find.js";

/** The box that a pool is for. */
export type PoolSubject = Pick<ParsedRequest, "config" | "options" | "vmm" | "platform">;

/** Returns the box that a pool was started for. @throws BoxError no-such-pool, invalid-pool, store-unreadable */
export async function subjectOf({ home }: Context, name: string): Promise<PoolSubject> {
  await checkPool(home, name);
  const stored = await readDefinition(poolFolder(home, name));
  if (!stored) throw new BoxError("invalid-pool", `pool ${name} has no image`, { hint: "name one" });
  return subjectIn(stored);
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
