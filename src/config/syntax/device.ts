import { BoxError } from "../../errors.js";
import { parseBoxPath } from "./box-path.js";
import { quote } from "./quote.js";

export interface Device {
  /** Path of the device in the VM. */
  source: string;
  /** Path in the box. */
  target: string;
  /** Of r, w and m (mknod). */
  permissions: string;
}

function invalid(text: string, reason: string): BoxError {
  return new BoxError("invalid-device", `${quote(text)} ${reason}`, {
    hint: "write PATH[:PATH_IN_BOX[:PERMISSIONS]], such as /dev/fuse or /dev/loop0:/dev/loop0:r",
  });
}

function arePermissions(text: string): boolean {
  return /^[rwm]{1,3}$/.test(text) && new Set(text).size === text.length;
}

/**
 * Parses `--device PATH[:PATH_IN_BOX][:PERMISSIONS]`; permissions default to `rwm`.
 * @throws BoxError invalid-device
 */
export function parseDevice(text: string): Device {
  const [first = "", second, third, ...more] = text.split(":");
  if (more.length > 0) throw invalid(text, "has too many parts");
  if (/^[a-z0-9.-]+\/[a-z0-9_-]+=/i.test(text))
    throw invalid(text, "is a CDI device name, which is not supported");
  const refuse = (reason: string) => invalid(text, reason);
  const source = parseBoxPath(first, refuse);
  if (second === undefined) return { source, target: source, permissions: "rwm" };
  if (third === undefined && arePermissions(second)) return { source, target: source, permissions: second };
  if (third !== undefined && !arePermissions(third)) {
    throw invalid(text, `has invalid permissions ${quote(third)}; use r, w and m`);
  }
  return { source, target: parseBoxPath(second, refuse), permissions: third ?? "rwm" };
}

/** The canonical notation; `parseDevice(formatDevice(d))` returns `d`. */
export function formatDevice({ source, target, permissions }: Device): string {
  return `${source}:${target}:${permissions}`;
}
