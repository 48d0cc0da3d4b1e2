import { isAbsolute, resolve } from "node:path";
import { BoxError } from "../../errors.js";
import { parseMountPoint } from "./box-path.js";
import { quote } from "./quote.js";

/** A folder or file of the host. */
export interface BindMount {
  kind: "bind";
  /** Absolute host path. */
  source: string;
  /** Absolute path in the box, normalized. */
  target: string;
  readOnly: boolean;
  /** A missing host folder is made: so with `-v`, not with `--mount`. */
  createSource: boolean;
}

/** A named volume, or an anonymous one. */
export interface NamedVolume {
  kind: "volume";
  /** Its name; empty: anonymous. */
  source: string;
  target: string;
  readOnly: boolean;
  /** A new volume does not take what the image has at its place. */
  noCopy: boolean;
}

export type Volume = BindMount | NamedVolume;

const HINT = "write HOST_PATH:BOX_PATH[:ro] or NAME:BOX_PATH[:ro], such as ./src:/src or data:/var/lib/data";

function invalid(text: string, reason: string, hint = HINT): BoxError {
  return new BoxError("invalid-volume", `${quote(text)} ${reason}`, { hint });
}

/** Options that ask for what holds anyway, or for what a VM does not have; docs/differences.md tells why. */
const MEANINGLESS = new Set(["z", "Z", "cached", "delegated", "consistent", "private", "rprivate"]);

const PROPAGATION = new Set(["shared", "rshared", "slave", "rslave"]);

/**
 * Whether the propagation of mounts may be ignored.
 * @throws BoxError invalid-volume when it asks for mounts to travel between host and box
 */
export function checkPropagation(
  option: string,
  refuse: (reason: string, hint: string) => BoxError,
): boolean {
  if (!PROPAGATION.has(option)) return MEANINGLESS.has(option) && option.endsWith("private");
  throw refuse(
    `asks for "${option}": mounts do not travel between this host and a VM`,
    "leave it out; what is mounted below the folder when the box starts is seen in the box",
  );
}

/** A volume's name, as Docker's, and 2 to 128 characters long. */
export function isVolumeName(text: string): boolean {
  return /^[a-zA-Z0-9][a-zA-Z0-9_.-]{1,127}$/.test(text);
}

interface Options {
  readOnly: boolean;
  noCopy: boolean;
}

function parseOptions(list: string, text: string): Options {
  const options = list.split(",");
  for (const option of options) {
    if (["ro", "rw", "nocopy"].includes(option) || MEANINGLESS.has(option)) continue;
    checkPropagation(option, (reason, hint) => invalid(text, reason, hint));
    throw invalid(text, `has an unknown option ${quote(option)}; ro, rw and nocopy are known`);
  }
  if (options.includes("ro") && options.includes("rw")) throw invalid(text, "is to be both ro and rw");
  return { readOnly: options.includes("ro"), noCopy: options.includes("nocopy") };
}

/**
 * Parses Docker's short notation, `SOURCE:TARGET[:OPTION,…]`. A source that begins with `/` or `.` is a host path, a
 * relative one resolves against `cwd`; another is a volume's name; TARGET alone is an anonymous volume.
 * @throws BoxError invalid-volume
 */
export function parseVolume(text: string, cwd: string): Volume {
  if (text.includes("\0")) throw invalid(text, "has a NUL byte in it");
  const parts = text.split(":");
  if (parts.length > 3 || parts.includes("")) throw invalid(text, "is not a volume");
  const [source, target, list] = parts.length === 1 ? ["", text] : parts;
  const { readOnly, noCopy } = parseOptions(list ?? "rw", text);
  const path = parseMountPoint(target ?? "", (reason) => invalid(text, reason));
  if (source === undefined || source === "")
    return { kind: "volume", source: "", target: path, readOnly, noCopy };
  if (isAbsolute(source) || source.startsWith(".")) {
    if (noCopy) throw invalid(text, "has nocopy, which is for named volumes");
    return { kind: "bind", source: resolve(cwd, source), target: path, readOnly, createSource: true };
  }
  if (isVolumeName(source)) return { kind: "volume", source, target: path, readOnly, noCopy };
  if (/^[a-zA-Z0-9]$/.test(source))
    throw invalid(
      text,
      `names ${quote(source)}: the name of a volume has at least two characters`,
      `for a folder write ./${source}`,
    );
  const home = source.startsWith("~") ? "write $HOME, which the shell replaces" : undefined;
  throw invalid(
    text,
    `names ${quote(source)}, which is neither a host path nor a volume's name`,
    home ?? `for a folder write ./${source.slice(0, 80)}`,
  );
}

/** Whether the short notation can say it: it has no way to write a colon, and always makes a missing host folder. */
export function fitsShortNotation(volume: Volume): boolean {
  if (volume.source.includes(":") || volume.target.includes(":")) return false;
  return volume.kind === "bind"
    ? volume.createSource
    : volume.source !== "" || !(volume.readOnly || volume.noCopy);
}

/** The short notation of a volume that it fits; `parseVolume(formatVolume(v), "/")` gives `v`. */
export function formatVolume(volume: Volume): string {
  const options = [
    ...(volume.readOnly ? ["ro"] : []),
    ...(volume.kind === "volume" && volume.noCopy ? ["nocopy"] : []),
  ];
  const source = volume.source === "" ? "" : `${volume.source}:`;
  return `${source}${volume.target}${options.length > 0 ? `:${options.join(",")}` : ""}`;
}
