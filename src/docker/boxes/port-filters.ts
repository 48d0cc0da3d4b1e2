import { specOf } from "../../config/parse-box.js";
import { parseExposed } from "../../config/syntax/expose.js";
import type { Box } from "../../engine/boxes.js";
import { exposedPortsOf } from "../../vm/box/exposed-ports.js";
import { invalidFilter } from "../filters.js";

/** Parses the value of `expose=` or `publish=`: PORT[-PORT][/PROTOCOL]. @returns `80/tcp` … */
export function parsePortFilter(name: string, value: string): string[] {
  try {
    return parseExposed(value);
  } catch {
    throw invalidFilter(`${name}=${value}`, "write a port of the box, such as 80, 53/udp or 8000-8010");
  }
}

/** As in Docker, only running boxes have ports that are exposed, or published one by one rather than by `-P`. */
export function hasPort(box: Box, name: "expose" | "publish", value: string): boolean {
  if (box.state.status !== "running") return false;
  const published = specOf(box.record).portMap.map(({ guestPort, protocol }) => `${guestPort}/${protocol}`);
  const ports = new Set(name === "publish" ? published : [...published, ...exposedPortsOf(box.record)]);
  return parsePortFilter(name, value).some((port) => ports.has(port));
}
