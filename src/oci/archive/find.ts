import { BoxError } from "../../config/errors.js";
import { formatReference, parseReference, type Reference } from "../reference.js";
import { hold } from "../store/hold.js";
import { listImageDigests, readRecord } from "../store/record.js";
import { readTag } from "../store/tags.js";
import type { ImageToSave } from "./save.js";

const ID = /^(?:sha256:)?([0-9a-f]{4,64})$/;

async function findByName(text: string): Promise<ImageToSave | undefined> {
  let reference: Reference;
  try {
    reference = parseReference(text);
  } catch (error) {
    // Digits alone may be an id; anything else that is no name is a mistake.
    if (ID.test(text)) return undefined;
    throw error;
  }
  const tag = await readTag(reference);
  return tag && { digest: tag.image, names: reference.digest === undefined ? [reference] : [] };
}

async function findById(text: string): Promise<ImageToSave[]> {
  const [, digits] = ID.exec(text) ?? [];
  if (digits === undefined) return [];
  const found: ImageToSave[] = [];
  for (const digest of await listImageDigests()) {
    const record = await readRecord(digest);
    const ids = [digest, record?.id ?? ""];
    if (ids.some((id) => id.startsWith(`sha256:${digits}`))) found.push({ digest, names: [] });
  }
  return found;
}

/**
 * The images that are to be saved, each once, with the names that they were asked for by; held until this process ends.
 * @param words references, ids, and beginnings of ids
 * @throws BoxError invalid-reference, image-missing, ambiguous-id
 */
export async function findToSave(words: readonly string[]): Promise<ImageToSave[]> {
  const images = new Map<string, ImageToSave>();
  for (const word of words) {
    const named = await findByName(word);
    const [found, another] = named ? [named] : await findById(word);
    if (!found) {
      throw new BoxError("image-missing", `image ${word} is not on this host`, {
        hint: "`box images` lists those that are",
        exitCode: 1,
      });
    }
    if (another) {
      throw new BoxError("ambiguous-id", `several images' ids begin with ${word}`, { exitCode: 1 });
    }
    const before = images.get(found.digest) ?? { digest: found.digest, names: [] };
    const known = new Set(before.names.map(formatReference));
    before.names.push(...found.names.filter((name) => !known.has(formatReference(name))));
    images.set(found.digest, before);
  }
  await hold([...images.keys()]);
  return [...images.values()];
}
