import { quote } from "../../config/syntax/quote.js";
import { BoxError } from "../../errors.js";
import { isFileReference } from "../../config/syntax/file-reference.js";
import { formatReference, parseReference } from "../../config/syntax/reference.js";
import { openRepository } from "../../oci/registry/client.js";
import type { Context } from "../context.js";

/**
 * Lists the references of all tags of a repository in its registry.
 * @throws BoxError usage, image-not-found, and errors of Repository
 */
export async function remoteTags(
  { home }: Context,
  text: string,
  signal: AbortSignal = new AbortController().signal,
): Promise<string[]> {
  const refuse = (reason: string, hint: string) =>
    new BoxError("usage", `${quote(text)} ${reason}`, { subject: "allTags", hint });
  if (isFileReference(text))
    throw refuse("is not a repository in a registry", "loading a file loads all of its images");
  const reference = parseReference(text);
  if (reference.digest !== undefined || /:[^/]*$/.test(text)) {
    throw refuse("includes a tag or digest", "omit it or `allTags`");
  }
  const { domain, path } = reference;
  const repository = openRepository(home, reference, signal);
  try {
    const tags = await repository.tags();
    if (tags.length > 0) return tags.map((tag) => formatReference({ domain, path, tag }));
  } finally {
    await repository.close();
  }
  throw new BoxError("image-not-found", `${domain}/${path} has no tags`);
}
