import { isAbsolute, resolve } from "node:path";
import { BoxError } from "../../errors.js";
import { parseMountPoint } from "./box-path.js";
import { quote } from "./quote.js";

/** A directory or file of the host. */
export interface BindMount {
  kind: "bind";
  /** Absolute host path. */
  source: string;
  /** Absolute path in the box, normalized. */
  target: string;
  readOnly: boolean;
  /** Creates a missing host directory: true for `-v`, false for `--mount`. */
  createSource: boolean;
  /** Given in the long notation, which Docker's `inspect` lists separately. */
  long?: true;
}

/** A named volume, or an anonymous one. */
export interface NamedVolume {
  kind: "volume";
  /** Its name; empty: anonymous. */
  source: string;
  target: string;
  readOnly: boolean;
  /** Do not fill a new volume with the image's contents at its mount point. */
  noCopy: boolean;
  long?: true;
}

export type Volume = BindMount | NamedVolume;

const HINT = "write HOST_PATH:BOX_PATH[:ro] or NAME:BOX_PATH[:ro], such as ./src:/src or data:/var/lib/data";

function invalid(text: string, reason: string, hint = HINT): BoxError {
  return new BoxError("invalid-volume", `${quote(text)} ${reason}`, { hint });
}

/** Options that are the default anyway, or that have no meaning for a VM; see docs/differences.md. */
const MEANINGLESS = new Set(["z", "Z", "cached", "delegated", "consistent", "private", "rprivate"]);

const PROPAGATION = new Set(["shared", "rshared", "slave", "rslave"]);

/**
 * Whether a mount propagation option can be ignored.
 * @throws BoxError invalid-volume if it asks for mounts to be propagated between host and box
 */
export function checkPropagation(
  option: string,
  refuse: (reason: string, hint: string) => BoxError,
): boolean {
  if (!PROPAGATION.has(option)) return MEANINGLESS.has(option) && option.endsWith("private");
  throw refuse(
    `asks for "${option}": mounts are not propagated between host and VM`,
    "leave it out; the box sees what is mounted below the directory when it starts",
  );
}

/** Whether this is a valid volume name: as in Docker, but with at most 128 characters. */
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
    throw invalid(text, `has an unknown option ${quote(option)}; options are ro, rw and nocopy`);
  }
  if (options.includes("ro") && options.includes("rw")) throw invalid(text, "has both ro and rw");
  return { readOnly: options.includes("ro"), noCopy: options.includes("nocopy") };
}

/**
 * Parses Docker's short notation, `SOURCE:TARGET[:OPTION,…]`. A source that begins with `/` or `.` is a host path,
 * resolved against `cwd` if relative; any other is the name of a volume; TARGET alone is an anonymous volume.
 * @throws BoxError invalid-volume
 */
export function parseVolume(text: string, cwd: string): Volume {
  if (text.includes("\0")) throw invalid(text, "contains a NUL byte");
  const parts = text.split(":");
  if (parts.length > 3 || parts.includes("")) throw invalid(text, "is not a valid volume");
  const [source, target, list] = parts.length === 1 ? ["", text] : parts;
  const { readOnly, noCopy } = parseOptions(list ?? "rw", text);
  const path = parseMountPoint(target ?? "", (reason) => invalid(text, reason));
  if (source === undefined || source === "")
    return { kind: "volume", source: "", target: path, readOnly, noCopy };
  if (isAbsolute(source) || source.startsWith(".")) {
    if (noCopy) throw invalid(text, "has nocopy, which applies to named volumes only");
    return { kind: "bind", source: resolve(cwd, source), target: path, readOnly, createSource: true };
  }
  if (isVolumeName(source)) return { kind: "volume", source, target: path, readOnly, noCopy };
  if (/^[a-zA-Z0-9]$/.test(source))
    throw invalid(
      text,
      `has ${quote(source)} as its source: volume names have at least two characters`,
      `for a directory, write ./${source}`,
    );
  const home = source.startsWith("~") ? "write $HOME, which the shell expands" : undefined;
  throw invalid(
    text,
    `has ${quote(source)} as its source, which is neither a host path nor a volume name`,
    home ?? `for a directory, write ./${source.slice(0, 80)}`,
  );
}

/**
 * Whether a volume is kept in the short notation, which cannot contain a colon and always creates a missing directory.
 */
export function fitsShortNotation(volume: Volume): boolean {
  if (volume.long === true) return false;
  if (volume.source.includes(":") || volume.target.includes(":")) return false;
  return volume.kind === "bind"
    ? volume.createSource
    : volume.source !== "" || !(volume.readOnly || volume.noCopy);
}

/** The short notation of a volume that fits it; `parseVolume(formatVolume(v), "/")` returns `v`. */
export function formatVolume(volume: Volume): string {
  const options = [
    ...(volume.readOnly ? ["ro"] : []),
    ...(volume.kind === "volume" && volume.noCopy ? ["nocopy"] : []),
  ];
  const source = volume.source === "" ? "" : `${volume.source}:`;
  return `${source}${volume.target}${options.length > 0 ? `:${options.join(",")}` : ""}`;
}
