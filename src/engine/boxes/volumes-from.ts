import type { VolumesFrom } from "../../config/syntax/volumes-from.js";
import type { Volume } from "../../config/syntax/volume.js";
import type { Home } from "../../host/home.js";
import { findBox } from "../../vm/box/find.js";
import { inspectBox, type BoxMount } from "./inspect.js";

function inherit({ kind, name, source, target, readOnly, noCopy }: BoxMount, mustRead: boolean): Volume {
  const common = { target, readOnly: readOnly || mustRead, inherited: true as const };
  return kind === "bind"
    ? { kind, source, createSource: true, ...common }
    : { kind, source: name ?? "", noCopy, ...common };
}

/**
 * Returns the volumes of other boxes, each with its name and the host paths to which links led when that box was
 * created. If several have the same target, the last of these boxes wins, as in Docker.
 * @throws BoxError no-such-box, ambiguous-id
 */
export async function inheritedVolumes(home: Home, references: readonly VolumesFrom[]): Promise<Volume[]> {
  const byTarget = new Map<string, Volume>();
  for (const { box, readOnly } of references) {
    for (const mount of inspectBox(home, await findBox(home, box)).mounts)
      byTarget.set(mount.target, inherit(mount, readOnly));
  }
  return [...byTarget.values()];
}
