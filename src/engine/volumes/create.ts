import { refuseOwnProto } from "../../config/validate.js";
import { anonymousName } from "../../vm/volume/folders.js";
import { ensureVolume, type Volume } from "../../vm/volume/store.js";
import type { Context } from "../context.js";

/** Returns the volume with this name, creating it if necessary, or a new anonymous one. @throws BoxError invalid-config, and those of `ensureVolume` */
export async function create(
  { home }: Context,
  name?: string,
  { labels = {} }: { labels?: Record<string, string> } = {},
): Promise<Volume> {
  refuseOwnProto(labels, ["labels"]);
  return ensureVolume(home, name ?? anonymousName(), { labels, anonymous: name === undefined });
}
