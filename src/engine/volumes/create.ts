import { anonymousName } from "../../vm/volume/folders.js";
import { ensureVolume, type Volume } from "../../vm/volume/store.js";
import type { Context } from "../context.js";

/** The volume of a name, made when there is none; without a name an anonymous one. @throws as `ensureVolume` */
export async function create(
  { home }: Context,
  name?: string,
  { labels = {} }: { labels?: Record<string, string> } = {},
): Promise<Volume> {
  return ensureVolume(home, name ?? anonymousName(), { labels, anonymous: name === undefined });
}
