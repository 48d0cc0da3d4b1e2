import { recordEvent } from "../../events/record.js";
import type { Home } from "../../host/home.js";
import { familiarReference } from "../../config/syntax/reference.js";
import type { Removed } from "../../oci/store/remove.js";

/**
 * Records an event of an image for `box events`, as Docker describes one.
 * @param id the configuration's digest; of a pull or push the reference
 * @param name the reference, if there is one
 */
export function recordImageEvent(
  home: Home,
  action: "pull" | "push" | "tag" | "untag" | "delete" | "load" | "save" | "import",
  id: string,
  name: string,
  labels: Readonly<Record<string, string>> = {},
): void {
  recordEvent(home, "image", action, id, { ...labels, name });
}

/** Records what a removal has taken away. */
export function recordRemoved(home: Home, { tags, images }: Removed): void {
  for (const { parsed, id } of tags) recordImageEvent(home, "untag", id, familiarReference(parsed));
  for (const { digest, record } of images) {
    const id = record?.id ?? digest;
    recordImageEvent(home, "delete", id, id, record?.config.Labels ?? {});
  }
}
