import { parseExposed } from "../../config/syntax/expose.js";
import type { BoxRecord } from "./record.js";

/** An image, or another version of box, may have recorded anything. */
function parseIfValid(text: string): string[] {
  try {
    return parseExposed(text);
  } catch {
    return [];
  }
}

/** The ports of a box, `80/tcp` …: those that its image exposes, those of `--expose`, and the published ones. */
export function exposedPortsOf({
  image,
  options,
  wantedPorts,
}: Pick<BoxRecord, "image" | "options" | "wantedPorts">): string[] {
  const exposed = [...Object.keys(image.config?.ExposedPorts ?? {}), ...options.expose].flatMap(parseIfValid);
  const published = wantedPorts.map(({ guestPort, protocol }) => `${guestPort}/${protocol}`);
  return [...new Set([...exposed, ...published])];
}
