import { open, rm } from "node:fs/promises";
import { BoxError, errnoOf } from "../../config/errors.js";
import { quote } from "../../config/syntax/quote.js";

/** A file that is to hold a box's id. */
export interface CidFile {
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
  return {
    write: async (id) => {
      await file.writeFile(id);
      await file.close();
    },
    abandon: async () => {
      await file.close();
      await rm(path, { force: true });
    },
  };
}
