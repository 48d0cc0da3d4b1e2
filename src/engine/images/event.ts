import { recordEvent } from "../../events/record.js";
import type { Home } from "../../host/home.js";
import { familiarReference } from "../../config/syntax/reference.js";
import type { Removed } from "../../oci/store/remove.js";

/**
 * Records an image event for `box events`, in Docker's form.
 * @param id digest of the configuration; for a pull or push, the reference
 * @param name the reference, or an empty string
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

/** Records the names and images that were removed. */
export function recordRemoved(home: Home, { tags, images }: Removed): void {
  for (const { parsed, id } of tags) recordImageEvent(home, "untag", id, familiarReference(parsed));
  for (const { digest, record } of images) {
    const id = record?.id ?? digest;
    recordImageEvent(home, "delete", id, id, record?.config.Labels ?? {});
  }
}
