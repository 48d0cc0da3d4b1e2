import * as z from "zod/mini";
import { BoxError } from "../../errors.js";
import { DOCUMENT_LIMIT } from "../manifest.js";
import { isTag } from "../../config/syntax/reference.js";
import type { Session } from "./session.js";
import { followLocation, printable, readBounded } from "./transport.js";

const TagList = z.object({ tags: z.nullish(z.array(z.string())) });

/** Tags to request per page; registries may return fewer. */
const PAGE = 1000;
/** Maximum number of tags that one command pulls. */
const MOST_TAGS = 10_000;
const MOST_PAGES = 1000;

/** Returns the URL of the next page: `</v2/NAME/tags/list?last=x&n=10>; rel="next"` (RFC 8288). */
export function nextPage(link: string | string[] | undefined): string | undefined {
  const lines = typeof link === "string" ? [link] : (link ?? []);
  for (const [, target, parameters = ""] of lines.join(",").matchAll(/<([^>]*)>([^,<]*)/g)) {
    if (/;\s*rel\s*=\s*"?next"?\s*(?:;|$)/i.test(parameters)) return target;
  }
  return undefined;
}

/** Reads one page of the list, and the URL of the next one. */
async function readPage(
  { host, send, retried }: Session,
  url: URL,
  what: string,
): Promise<{ tags: string[]; next: URL | undefined }> {
  return retried(what, async () => {
    const response = await send(url, { headers: { accept: "application/json" } }, what);
    const data = await readBounded(response, { limit: DOCUMENT_LIMIT, what, host });
    const refuse = (reason: string) => new BoxError("bad-tag-list", `registry ${host}, ${what}: ${reason}`);
    let tags: string[];
    try {
      tags = z.parse(TagList, JSON.parse(data.toString("utf8"))).tags ?? [];
    } catch {
      throw refuse("not a valid tag list");
    }
    const wrong = tags.find((tag) => !isTag(tag));
    if (wrong !== undefined) throw refuse(`${JSON.stringify(printable(wrong))} is not a valid tag`);
    const target = nextPage(response.headers.link);
    if (target === undefined) return { tags, next: undefined };
    const next = followLocation(url, target);
    if (next.origin !== url.origin) throw refuse(`the next page is on another host, ${next.host}`);
    return { tags, next };
  });
}

/**
 * Lists the tags of a repository, in the registry's order (distribution-spec, "Listing Tags").
 * @param what name of the list in messages
 * @throws BoxError bad-tag-list, image-not-found, access-denied, registry-…
 */
export async function listTags(session: Session, what: string): Promise<string[]> {
  const tags = new Set<string>();
  let url: URL | undefined = await session.urlOf(`tags/list?n=${PAGE}`);
  for (let pages = 1; url; pages++) {
    const page: { tags: string[]; next: URL | undefined } = await readPage(session, url, what);
    const before = tags.size;
    for (const tag of page.tags) tags.add(tag);
    // A page without new tags ends the list, even if it has a link: the registry may be looping.
    url = tags.size > before ? page.next : undefined;
    if (tags.size > MOST_TAGS || pages > MOST_PAGES) {
      throw new BoxError("bad-tag-list", `${what}: more than ${MOST_TAGS}`, {
        hint: "pull the tags that you need by name",
      });
    }
  }
  return [...tags];
}
