import { constants } from "node:fs";
import { open } from "node:fs/promises";
import type { Change } from "../../config/syntax/change.js";
import { hostPlatform, type Platform } from "../../config/syntax/platform.js";
import { quote } from "../../config/syntax/quote.js";
import { BoxError, errnoOf } from "../../errors.js";
import { checkAbsolute } from "../../host/absolute.js";
import { reasonOf } from "../../host/reason.js";
import type { Image } from "../../oci/image.js";
import { openDownload } from "../../oci/make/download.js";
import { importImage } from "../../oci/make/import.js";
import { parseNewName } from "../../config/syntax/reference.js";
import { withLeases } from "../../oci/store/lease.js";
import type { Store } from "../../oci/store/store.js";
import type { Context } from "../context.js";
import { afterPull } from "./after-pull.js";
import { recordImageEvent } from "./event.js";

/** A tar archive: a file (`shown` is its path in messages, as the user wrote it), a URL or a stream. */
export type ImportSource =
  { file: string; shown?: string } | { url: string } | { stream: AsyncIterable<Uint8Array> };

export interface ImportOptions {
  changes?: readonly Change[] | undefined;
  /** Comment in the image's history (default: where the archive came from). */
  message?: string | undefined;
  /** Platform of the image (default: the host's). */
  platform?: Platform | undefined;
  name?: string | undefined;
  signal?: AbortSignal | undefined;
}

interface OpenSource {
  /** Name of the source in messages. */
  what: string;
  /** Origin of the archive, as Docker shows it in the history. */
  origin: string;
  read: () => AsyncIterable<Uint8Array>;
}

async function* readFrom(path: string, what: string): AsyncGenerator<Uint8Array> {
  try {
    const file = await open(path, constants.O_RDONLY);
    yield* file.createReadStream({ highWaterMark: 2 ** 18 }) as AsyncIterable<Buffer>;
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    throw new BoxError("invalid-file", `${what} cannot be read: ${reasonOf(error)}`, { cause: error });
  }
}

function openSource(store: Store, source: ImportSource): OpenSource {
  if ("stream" in source) return { what: "standard input", origin: "-", read: () => source.stream };
  if ("url" in source) {
    const { shown, read } = openDownload(store, source.url);
    return { what: shown, origin: shown, read };
  }
  checkAbsolute(source.file, "source.file");
  const what = quote(source.shown ?? source.file);
  return { what, origin: "-", read: () => readFrom(source.file, what) };
}

/** Creates an image from a tar archive. @throws BoxError invalid-file, invalid-reference, and as `importImage` */
export async function importTar(
  context: Context,
  source: ImportSource,
  { changes = [], message, platform = hostPlatform(), name, signal }: ImportOptions = {},
): Promise<Image> {
  const { store, cache } = await context.images();
  const { what, origin, read } = openSource(store, source);
  const parameters = {
    changes,
    message: message ?? `Imported from ${origin}`,
    platform,
    name: name === undefined ? undefined : parseNewName(name),
  };
  return withLeases(store, signal, async (leased) => {
    const image = await importImage(leased, read(), what, parameters);
    recordImageEvent(context.home, "import", image.id, name ?? image.id);
    await afterPull(leased, cache, false);
    return image;
  });
}
