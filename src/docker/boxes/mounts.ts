import { volumesOf } from "../../config/spec/mounts.js";
import { specOf } from "../../config/parse-box.js";
import type { Box } from "../../engine/boxes.js";

/** The mounts of a box. */
interface Mounted {
  /** Host paths and names of volumes, in the order of the configuration. */
  sources: string[];
  /** Mount points in the box. */
  targets: string[];
  /** The targets that are tmpfs mounts. */
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
    // The record was written by a version of box that accepted values which this one rejects.
    return { sources: [...Object.keys(record.sources ?? {}), ...names], targets: [], tmpfs: [] };
  }
}
