import { specOf } from "../../config/parse-box.js";
import { parseImagePorts } from "../../net/publish.js";
import type { BoxRecord } from "./record.js";

/** The ports of a box, `80/tcp` …: those that its image exposes, those of `--expose`, and the published ones. */
export function exposedPortsOf(
  record: Pick<BoxRecord, "config" | "image" | "options" | "wantedPorts">,
): string[] {
  const known = [
    ...parseImagePorts(Object.keys(record.image.config?.ExposedPorts ?? {})),
    ...record.wantedPorts,
  ];
  const { expose } = specOf(record).record;
  return [...new Set([...known.map(({ guestPort, protocol }) => `${guestPort}/${protocol}`), ...expose])];
}
