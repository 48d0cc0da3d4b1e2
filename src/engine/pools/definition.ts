import { isDeepStrictEqual } from "node:util";
import type { DocumentInput } from "../../config/box-document.js";
import { isFields } from "../../config/merge.js";
import { formatPlatform, parsePlatform } from "../../config/syntax/platform.js";
import { PoolDefinition } from "../../vm/pool/definition.js";
import type { ParsedRequest } from "../boxes/request.js";

/** The box that a pool is for. */
export type PoolSubject = Pick<ParsedRequest, "config" | "options" | "vmm" | "platform">;

/**
 * Returns a pool in the notation of a `--config` file. Whether files are kept is left out if it follows from `--rm`,
 * which may be changed.
 */
export function documentOf({ config, options, vmm }: Omit<PoolSubject, "platform">): DocumentInput {
  const { persistent, ...others } = config;
  const asked = persistent === options.autoRemove ? { persistent } : {};
  return { ...others, ...asked, record: { ...options, vmm } };
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

/** The part of a pool that can be compared: as it would be read from a file, without the image's manifest. */
function comparable(definition: PoolDefinition): unknown {
  const read = PoolDefinition.parse(JSON.parse(JSON.stringify(definition)));
  return { ...documentOf(subjectIn(read)), platform: read.platform };
}

/** A field in which two pools differ. */
export interface Difference {
  path: string;
  one: unknown;
  other: unknown;
}

function compare(one: unknown, other: unknown, path: string): Difference[] {
  if (isDeepStrictEqual(one, other)) return [];
  if (!isFields(one) || !isFields(other)) return [{ path, one, other }];
  const names = [...new Set([...Object.keys(one), ...Object.keys(other)])];
  return names.flatMap((name) => compare(one[name], other[name], path === "" ? name : `${path}.${name}`));
}

/** Returns the fields in which two pools differ. */
export function differences(one: PoolDefinition, other: PoolDefinition): Difference[] {
  return compare(comparable(one), comparable(other), "");
}
