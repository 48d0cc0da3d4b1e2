import { join } from "node:path";
import { volumesOf } from "../../config/spec/mounts.js";
import { specOf } from "../../config/parse-box.js";
import type { Attachment } from "../../config/syntax/network.js";
import type { Home } from "../../host/home.js";
import { boxFiles } from "../../vm/box/files.js";
import { attachmentsOf, networkOf } from "../../vm/network/find.js";
import { dataFolder, volumesFolder } from "../../vm/volume/folders.js";
import type { Box, BoxRef, Context } from "../context.js";
import { measure, type BoxBytes } from "./measure.js";
import { resolveBox } from "./resolve.js";
import { sidecarSocketOf } from "./sidecar.js";

/** A host path or volume, and its mount point in the box. */
export interface BoxMount {
  kind: "bind" | "volume";
  /** Name of the volume; undefined for a host path. */
  name: string | undefined;
  /** Whether it is a volume without a name of its own. */
  anonymous: boolean;
  /** Whether it comes from another box. */
  inherited: boolean;
  /** Path on the host. */
  source: string;
  target: string;
  readOnly: boolean;
  /** Whether it is never filled with an image's contents at its mount point. */
  noCopy: boolean;
}

/** A network that a box shares with others. */
export interface BoxNetwork extends Attachment {
  /** Undefined if the network does not exist, or cannot be read. */
  id: string | undefined;
}

/** A box, with the locations of its log and mounts on the host. */
export interface InspectedBox extends Box {
  log: string;
  mounts: BoxMount[];
  networks: BoxNetwork[];
  /** The socket on this host that leads to its sidecar's port, if it has a sidecar. */
  sidecarSocket?: string | undefined;
  /** If they were asked for. */
  bytes?: BoxBytes | undefined;
}

export interface InspectOptions {
  /** Measures its writable layer and its image. */
  size?: boolean | undefined;
}

function mountsOf(home: Home, { record }: Box): BoxMount[] {
  const anonymous = record.namedVolumes.filter((volume) => volume.anonymous).map(({ name }) => name);
  return volumesOf(specOf(record)).map((volume) => {
    const { kind, source, target, readOnly, inherited = false } = volume;
    const noCopy = volume.kind === "bind" || volume.noCopy;
    const isAnonymous = kind === "volume" && source === "";
    const mount = { kind, target, readOnly, noCopy, inherited, anonymous: isAnonymous };
    if (kind === "bind") return { ...mount, name: undefined, source: record.sources?.[source] ?? source };
    const name = source === "" ? (anonymous.shift() ?? "") : source;
    return { ...mount, name, source: dataFolder(join(volumesFolder(home), name)) };
  });
}

/** Like `inspect`, for a box that has already been found, without the IDs of its networks. */
export function inspectBox(home: Home, box: Box): InspectedBox {
  const networks = attachmentsOf(box.record).map((attachment) => ({ ...attachment, id: undefined }));
  const sidecarSocket = box.record.sidecar && sidecarSocketOf(home, box.record);
  return { ...box, log: boxFiles(box.folder).log, mounts: mountsOf(home, box), networks, sidecarSocket };
}

async function withId(home: Home, attachment: Attachment): Promise<BoxNetwork> {
  const network = await networkOf(home, attachment).catch(() => undefined);
  return { ...attachment, id: network?.id };
}

/** Returns detailed information about a box. @throws BoxError no-such-box, ambiguous-id */
export async function inspect(
  context: Context,
  ref: BoxRef,
  { size = false }: InspectOptions = {},
): Promise<InspectedBox> {
  const box = inspectBox(context.home, await resolveBox(context, ref));
  const networks = await Promise.all(box.networks.map((network) => withId(context.home, network)));
  const inspected = { ...box, networks };
  return size ? { ...inspected, bytes: await measure(context, inspected) } : inspected;
}
