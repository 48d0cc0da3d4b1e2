import { join } from "node:path";
import { volumesOf } from "../../config/spec/mounts.js";
import { specOf } from "../../config/parse-box.js";
import type { Home } from "../../host/home.js";
import { boxFiles } from "../../vm/box/files.js";
import { dataFolder, volumesFolder } from "../../vm/volume/folders.js";
import type { Box, BoxRef, Context } from "../context.js";
import { resolveBox } from "./resolve.js";

/** A path of the host, or a volume, and where the box has it. */
export interface BoxMount {
  kind: "bind" | "volume";
  /** Of a volume. */
  name: string | undefined;
  /** Path on the host. */
  source: string;
  target: string;
  readOnly: boolean;
}

/** A box, and where what belongs to it is on the host. */
export interface InspectedBox extends Box {
  log: string;
  mounts: BoxMount[];
}

function mountsOf(home: Home, { record }: Box): BoxMount[] {
  const anonymous = record.namedVolumes.filter((volume) => volume.anonymous).map(({ name }) => name);
  return volumesOf(specOf(record)).map(({ kind, source, target, readOnly }) => {
    const place = { kind, target, readOnly };
    if (kind === "bind") return { ...place, name: undefined, source: record.sources?.[source] ?? source };
    const name = source === "" ? (anonymous.shift() ?? "") : source;
    return { ...place, name, source: dataFolder(join(volumesFolder(home), name)) };
  });
}

/** As `inspect`, of a box that is known. */
export function inspectBox(home: Home, box: Box): InspectedBox {
  return { ...box, log: boxFiles(box.folder).log, mounts: mountsOf(home, box) };
}

/** All that is known of a box. @throws BoxError no-such-box, ambiguous-id */
export async function inspect(context: Context, ref: BoxRef): Promise<InspectedBox> {
  return inspectBox(context.home, await resolveBox(context, ref));
}
