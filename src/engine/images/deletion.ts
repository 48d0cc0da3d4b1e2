import { familiarName, familiarReference } from "../../config/syntax/reference.js";
import type { Removed, RemovedTag } from "../../oci/store/remove.js";
import { registryDigestOf, type ListedTag } from "../../oci/store/tags.js";

/** A removed name, or the ID of a removed image or layer. */
export type Deletion = { untagged: string } | { deleted: string };

const sameRepository = (one: ListedTag, other: ListedTag) =>
  one.parsed.domain === other.parsed.domain && one.parsed.path === other.parsed.path;

/** As in Docker, the last tag of a repository takes along the name by digest that a registry has given the image. */
function namesOf(tags: readonly RemovedTag[], left: readonly ListedTag[]): string[] {
  const names = tags.map(({ parsed }) => familiarReference(parsed));
  const digests = tags.flatMap((tag) => {
    const digest = tag.parsed.digest === undefined ? registryDigestOf(tag) : undefined;
    const stays = left.some((other) => sameRepository(tag, other) && other.image === tag.image);
    return digest === undefined || stays ? [] : [`${familiarName(tag.parsed)}@${digest}`];
  });
  return [...names, ...digests];
}

/** Lists what was removed in Docker's order: each image after its names, followed by its layers. */
export function deletionsOf({ tags, images, gone, left }: Removed): Deletion[] {
  const remaining = new Set(tags);
  const untag = (some: readonly RemovedTag[]): Deletion[] => {
    for (const tag of some) remaining.delete(tag);
    return [...new Set(namesOf(some, left))].map((untagged) => ({ untagged }));
  };
  const alone = tags.filter((tag) => !images.some(({ digest }) => tag.images.includes(digest)));
  return [
    ...untag(alone),
    ...images.flatMap(({ digest }) => [
      ...untag([...remaining].filter((tag) => tag.images.includes(digest))),
      ...(gone.get(digest) ?? []).map((deleted) => ({ deleted })),
    ]),
  ];
}
