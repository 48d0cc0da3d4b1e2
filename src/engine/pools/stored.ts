import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { templatesFolder, type Home } from "../../host/home.js";
import { heldLocks } from "../../vm/box/lock.js";
import { readDefinition } from "../../vm/pool/definition.js";
import { poolFiles, poolFolder, poolNames } from "../../vm/pool/files.js";

/** A pool on disk. */
export interface StoredPool {
  name: string;
  folder: string;
  /** Whether it has a keeper; otherwise, that was killed. */
  running: boolean;
}

/** The parts of a running pool that must not be removed. */
export interface Needed {
  /** The manifest of its image. */
  image: string | undefined;
  /** The directory of the template that its VMs continue. */
  template: string | undefined;
}

/** Returns what a pool needs: nothing unless it is running. */
export async function neededBy(home: Home, { folder, running }: StoredPool): Promise<Needed> {
  if (!running) return { image: undefined, template: undefined };
  const [definition, template] = await Promise.all([
    readDefinition(folder).catch(() => undefined),
    readFile(poolFiles(folder).template, "utf8").catch(() => undefined),
  ]);
  return {
    image: definition?.digest,
    template: template === undefined ? undefined : join(templatesFolder(home), template),
  };
}

/** Lists the pools, sorted by name. */
export async function storedPools(home: Home): Promise<StoredPool[]> {
  const pools = (await poolNames(home)).map((name) => {
    const folder = poolFolder(home, name);
    return { name, folder, lock: poolFiles(folder).lock };
  });
  const held = await heldLocks(
    home,
    pools.map(({ lock }) => lock),
  );
  return pools.map(({ name, folder, lock }) => ({ name, folder, running: held.has(lock) }));
}
