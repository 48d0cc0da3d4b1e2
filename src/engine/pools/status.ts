import { isFileReference } from "../../config/syntax/file-reference.js";
import { formatReference, isImageId, parseReference } from "../../config/syntax/reference.js";
import { BoxError } from "../../errors.js";
import { readDefinition } from "../../vm/pool/definition.js";
import { poolFolder, poolNames } from "../../vm/pool/files.js";
import type { PoolStatus } from "../../vm/pool/messages.js";
import type { Context } from "../context.js";
import { askStatus, checkPool, connectToKeeper, hasKeeper } from "./find.js";

export type { PoolStatus };

/** A pool in a list. */
export interface ListedPool {
  name: string;
  /** In full, with its tag. Undefined if its definition cannot be read. */
  image: string | undefined;
  /** Undefined unless it is running. */
  status: PoolStatus | undefined;
}

/** How long a keeper may take to answer, in milliseconds: in a list, and if it alone is asked, on a host that is busy. */
const LISTED_MS = 5_000;
const ALONE_MS = 20_000;

/** Returns undefined without a keeper, or if it ends. @throws BoxError launch-failed if it does not answer */
async function ask({ home }: Context, name: string, limitMs: number): Promise<PoolStatus | undefined> {
  const keeper = await connectToKeeper(home, name);
  if (!keeper) return undefined;
  try {
    return await askStatus(keeper, name, limitMs);
  } finally {
    keeper.destroy();
  }
}

/** Returns the reference of an image in full, as the status of a pool has it. */
function inFull(image: string): string {
  return isFileReference(image) || isImageId(image) ? image : formatReference(parseReference(image));
}

/** Lists the pools, sorted by name. */
export async function listPools(context: Context): Promise<ListedPool[]> {
  const names = await poolNames(context.home);
  return Promise.all(
    names.map(async (name) => {
      const definition = await readDefinition(poolFolder(context.home, name)).catch(() => undefined);
      const image = definition && inFull(definition.config.image);
      return { name, image, status: await ask(context, name, LISTED_MS).catch(() => undefined) };
    }),
  );
}

/** Returns the figures of a pool. @throws BoxError no-such-pool, pool-not-running, launch-failed */
export async function poolStatus(context: Context, name: string): Promise<PoolStatus> {
  const status = await ask(context, name, ALONE_MS);
  if (status) return status;
  await checkPool(context.home, name);
  const starts = await hasKeeper(context.home, name);
  throw new BoxError(
    "pool-not-running",
    starts ? `pool ${name} is still starting` : `pool ${name} is not running`,
    starts ? { hint: "try again" } : { detail: { pool: name } },
  );
}
