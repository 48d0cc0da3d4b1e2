import type { Home } from "../../host/home.js";
import { heldLocks } from "../../vm/box/lock.js";
import { poolFiles, poolFolder, poolNames } from "../../vm/pool/files.js";

/** A pool on disk. */
export interface StoredPool {
  name: string;
  folder: string;
  /** Whether it has a keeper; otherwise, that was killed. */
  running: boolean;
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
