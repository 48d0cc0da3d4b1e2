import { rmSync } from "node:fs";
import { open, rm } from "node:fs/promises";
import { beforeEnding } from "../../config/before-ending.js";
import { BoxError, errnoOf } from "../../config/errors.js";
import { quote } from "../../config/syntax/quote.js";

/** A file that is to hold a box's id. */
export interface CidFile {
  /** A signal that ends this process leaves it from now on: there may be a box. */
  keep: () => void;
  write: (id: string) => Promise<void>;
  /** Takes the file away when there is no box. */
  abandon: () => Promise<void>;
}

/**
 * Makes the file of `--cidfile`; as with Docker, one that is there already is refused.
 * @throws BoxError cidfile
 */
export async function createCidFile(path: string): Promise<CidFile> {
  const file = await open(path, "wx", 0o644).catch((error: unknown) => {
    const taken = errnoOf(error) === "EEXIST";
    throw new BoxError(
      "cidfile",
      `--cidfile: ${quote(path)} ${taken ? "is there already" : "cannot be made"}`,
      {
        ...(taken ? { hint: "remove it if its box is gone, or name another" } : {}),
        cause: error,
      },
    );
  });
  const keep = beforeEnding(() => rmSync(path, { force: true }));
  return {
    keep,
    write: async (id) => {
      await file.writeFile(id);
      await file.close();
    },
    abandon: async () => {
      keep();
      await file.close();
      await rm(path, { force: true });
    },
  };
}
