import { recordEvent } from "../events/record.js";
import type { Store } from "./store/store.js";

/**
 * Records an event of an image for `box events`, as Docker describes one.
 * @param id the configuration's digest; of a pull or push the reference
 * @param name the reference, if there is one
 */
export function recordImageEvent(
  store: Store,
  action: "pull" | "push" | "tag" | "untag" | "delete" | "load" | "save" | "import",
  id: string,
  name: string,
  labels: Readonly<Record<string, string>> = {},
): void {
  recordEvent(store.home, "image", action, id, { ...labels, name });
}
