import { volumesOf } from "../../config/spec/mounts.js";
import { specOf } from "../../config/parse-box.js";
import type { Box } from "../../engine/boxes.js";

/** What is mounted in a box, and where. */
interface Mounted {
  /** Paths of this host and names of volumes, in the order of the configuration. */
  sources: string[];
  /** Places in the box. */
  targets: string[];
  /** Of the targets, those of tmpfs. */
  tmpfs: string[];
}

export function mountedIn({ record }: Box): Mounted {
  const names = record.namedVolumes.map(({ name }) => name);
  const anonymous = record.namedVolumes.filter((volume) => volume.anonymous).map(({ name }) => name);
  try {
    const spec = specOf(record);
    const sources = volumesOf(spec).map(({ source }) => (source === "" ? (anonymous.shift() ?? "") : source));
    return {
      sources,
      targets: spec.mounts.map(({ target }) => target),
      tmpfs: spec.mounts.filter(({ kind }) => kind === "tmpfs").map(({ target }) => target),
    };
  } catch {
    // A record of a version of box that took what this one refuses.
    return { sources: [...Object.keys(record.sources ?? {}), ...names], targets: [], tmpfs: [] };
  }
}
