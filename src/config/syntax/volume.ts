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
  /** From another box (`--volumes-from`). */
  inherited?: true;
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
  inherited?: true;
}

export type Volume = BindMount | NamedVolume;

const HINT = "write HOST_PATH:BOX_PATH[:ro] or NAME:BOX_PATH[:ro], such as ./src:/src or data:/var/lib/data";

function invalid(text: string, reason: string, hint = HINT): BoxError {
  return new BoxError("invalid-volume", `${quote(text)}: ${reason}`, { hint });
}

/** @param predicate such as `contains a NUL byte` */
function unusable(text: string, predicate: string): BoxError {
  return new BoxError("invalid-volume", `${quote(text)} ${predicate}`, { hint: HINT });
}

function malformed(text: string, reason: string): BoxError {
  return new BoxError("invalid-mount", `invalid spec: ${quote(text)}: ${reason}`, { hint: HINT });
}

/** The options of `-v`, of which a volume may have one of each group, as in Docker. */
const OPTIONS = {
  access: ["ro", "rw"],
  copying: ["nocopy"],
  // No effect, as with Docker on Linux.
  consistency: ["cached", "delegated", "consistent"],
  // No effect: the guest has no SELinux.
  label: ["z", "Z"],
  propagation: ["private", "rprivate", "shared", "rshared", "slave", "rslave"],
};

/**
 * Rejects a mode of mount propagation unless mounts behave like that anyway.
 * @throws what `refuse` returns
 */
export function checkPropagation(mode: string, refuse: (reason: string, hint?: string) => BoxError): void {
  if (!OPTIONS.propagation.includes(mode)) throw refuse(`invalid propagation mode: ${mode}`);
  if (mode.endsWith("private")) return;
  throw refuse(
    `no propagation mode ${quote(mode)}: mounts are not propagated between host and VM`,
    "leave it out; the box sees what is mounted below the directory when it starts",
  );
}

/** Whether this is a valid volume name: as in Docker, but with at most 128 characters. */
export function isVolumeName(text: string): boolean {
  return /^[a-zA-Z0-9][a-zA-Z0-9_.-]{1,127}$/.test(text);
}

/** Splits a list of options. @throws BoxError invalid-volume */
function parseOptions(list: string, text: string): Set<string> {
  const options = list.split(",");
  const groups = options.map((option) => Object.values(OPTIONS).find((group) => group.includes(option)));
  if (groups.includes(undefined) || new Set(groups).size < groups.length)
    throw invalid(text, `invalid mode: ${quote(list)}`, "options are ro or rw, and nocopy");
  return new Set(options);
}

/** Docker's sentence for a source that is not the name of a volume. */
export function invalidVolumeName(source: string): string {
  return `${quote(source)} includes invalid characters for a local volume name, only "[a-zA-Z0-9][a-zA-Z0-9_.-]" are allowed. If you intended to pass a host directory, use absolute path`;
}

/** Checks the options of a bind mount or a volume against its kind, in Docker's words. */
function checkKind(options: Set<string>, isBind: boolean, text: string): void {
  const propagation = OPTIONS.propagation.find((mode) => options.has(mode));
  const [kind, field] = isBind ? ["bind", "VolumeOptions"] : ["volume", "BindOptions"];
  if (isBind ? options.has("nocopy") : propagation !== undefined)
    throw invalid(text, `invalid mount config for type "${kind}": field ${field} must not be specified`);
  if (propagation !== undefined) checkPropagation(propagation, (reason, hint) => invalid(text, reason, hint));
}

/**
 * Parses Docker's short notation, `SOURCE:TARGET[:OPTION,…]`. A source that begins with `/` or `.` is a host path,
 * resolved against `cwd` if relative; any other is the name of a volume; TARGET alone is an anonymous volume.
 * @throws BoxError invalid-mount if it is malformed, otherwise invalid-volume
 */
export function parseVolume(text: string, cwd: string): Volume {
  if (text.includes("\0")) throw unusable(text, "contains a NUL byte");
  const parts = text.split(":");
  if (parts.length > 3) throw malformed(text, "too many colons");
  if (parts.includes("")) throw malformed(text, "empty section between colons");
  const [source = "", target = "", list = "rw"] = parts.length === 1 ? ["", text] : parts;
  const options = parseOptions(list, text);
  const path = parseMountPoint(target, (predicate) => unusable(text, predicate));
  const isBind = isAbsolute(source) || source.startsWith(".");
  checkKind(options, isBind, text);
  const [readOnly, noCopy] = [options.has("ro"), options.has("nocopy")];
  if (isBind)
    return { kind: "bind", source: resolve(cwd, source), target: path, readOnly, createSource: true };
  if (source === "" || isVolumeName(source))
    return { kind: "volume", source, target: path, readOnly, noCopy };
  if (/^[a-zA-Z0-9]$/.test(source))
    throw invalid(
      text,
      `has ${quote(source)} as its source: volume names have at least two characters`,
      `for a directory, write ./${source}`,
    );
  throw invalid(
    text,
    invalidVolumeName(source),
    source.startsWith("~")
      ? "write $HOME, which the shell expands"
      : `for a directory, write ./${source.slice(0, 80)}`,
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
