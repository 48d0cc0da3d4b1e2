import { isAbsolute, resolve } from "node:path";
import { BoxError } from "../../errors.js";
import { parseBoolean } from "./boolean.js";
import { parseMountPoint } from "./box-path.js";
import { joinCsv, splitCsv } from "./csv.js";
import { quote } from "./quote.js";
import { parseSize } from "./size.js";
import type { Tmpfs } from "./tmpfs.js";
import { within } from "./within.js";
import {
  checkPropagation,
  fitsShortNotation,
  formatVolume,
  invalidVolumeName,
  isVolumeName,
  parseVolume,
  type Volume,
} from "./volume.js";

export type Mount = Volume | Tmpfs;

type Refuse = (reason: string, hint?: string) => BoxError;

/** Alternative names of options. */
const ALIASES: Record<string, string> = {
  src: "source",
  dst: "target",
  destination: "target",
  ro: "readonly",
};

/** Options whose value can be omitted. */
const SWITCHES = ["readonly", "volume-nocopy", "bind-create-src"];

/** Options that Docker supports and box does not, with what box does instead. */
const UNSUPPORTED: Record<string, string> = {
  "bind-nonrecursive": "everything mounted below a host directory is always shared with it",
  "volume-subpath": "volumes are always mounted as a whole",
  "volume-label": "label the volume when you create it",
  "volume-opt": "volumes are directories of this host",
  "image-subpath": "images cannot be mounted",
};

const KNOWN = [
  "type",
  "source",
  "target",
  "consistency",
  "bind-propagation",
  "bind-recursive",
  "volume-driver",
];
const TMPFS = ["tmpfs-size", "tmpfs-mode"];

const HINT = "write type=bind,source=/HOST_PATH,target=/BOX_PATH[,readonly], or type=volume or type=tmpfs";

/** For mounts that Docker's client refuses. */
function refusal(text: string): Refuse {
  return (reason, hint = HINT) => new BoxError("invalid-mount", `${quote(text)}: ${reason}`, { hint });
}

/** For mounts that Docker's client passes on and its daemon refuses. */
function refusalOfType(text: string, type: string): Refuse {
  return (reason, hint = HINT) =>
    new BoxError(
      "invalid-volume",
      `${quote(text)}: invalid mount config for type ${quote(type)}: ${reason}`,
      {
        hint,
      },
    );
}

function readOptions(text: string, refuse: Refuse): Map<string, string> {
  if (text.includes("\0")) throw refuse("there is a NUL byte in it");
  const fields = splitCsv(text.trim());
  if (!fields) throw refuse("unbalanced quotes");
  const options = new Map<string, string>();
  for (const field of fields) {
    const equals = field.indexOf("=");
    const given = (equals < 0 ? field : field.slice(0, equals)).toLowerCase();
    const name = Object.hasOwn(ALIASES, given) ? (ALIASES[given] ?? given) : given;
    const value = equals < 0 ? "true" : field.slice(equals + 1);
    const reason = Object.hasOwn(UNSUPPORTED, name) ? UNSUPPORTED[name] : undefined;
    if (reason !== undefined) throw refuse(`${name} is not supported`, reason);
    if (equals < 0 && !SWITCHES.includes(name))
      throw refuse(`invalid field ${quote(field)} must be a key=value pair`);
    if (![...KNOWN, ...SWITCHES, ...TMPFS].includes(name))
      throw refuse(`unexpected key ${quote(given)} in ${quote(field)}`);
    if (value.trim() !== value || (value === "" && name !== "source"))
      throw refuse(`the value of ${given} is empty or has spaces around it`);
    options.set(name, value);
  }
  return options;
}

function isSet(options: Map<string, string>, name: string, refuse: Refuse): boolean {
  const value = options.get(name) ?? "false";
  const parsed = parseBoolean(value);
  if (parsed !== undefined) return parsed;
  throw refuse(`invalid value for ${name}: ${quote(value)}`);
}

/** Rejects options of other types of mounts, as Docker does. */
function checkMix(options: Map<string, string>, type: string, refuse: Refuse): void {
  for (const name of options.keys()) {
    const [family = ""] = name.split("-");
    if (["bind", "volume", "tmpfs"].includes(family) && family !== type) {
      throw refuse(`cannot mix ${quote(`${family}-*`)} options with mount type ${quote(type)}`);
    }
  }
  const consistency = options.get("consistency");
  if (consistency !== undefined && !["consistent", "cached", "delegated", "default"].includes(consistency)) {
    throw refuse(`unknown consistency ${quote(consistency)}`);
  }
}

/** The parts of a mount, whose type has been read. */
interface Given {
  text: string;
  options: Map<string, string>;
  target: string;
  refuse: Refuse;
}

function bindMount({ text, options, target, refuse }: Given, cwd: string): Volume {
  const ofType = refusalOfType(text, "bind");
  const source = options.get("source") ?? "";
  if (source === "") throw ofType("field Source must not be empty");
  if (!isAbsolute(source) && !source.startsWith("."))
    throw ofType(`invalid mount path: ${quote(source)} mount path must be absolute`);
  checkPropagation(options.get("bind-propagation") ?? "rprivate", ofType);
  const recursive = options.get("bind-recursive") ?? "enabled";
  if (recursive !== "enabled")
    throw refuse("bind-recursive is not supported", UNSUPPORTED["bind-nonrecursive"]);
  const createSource = isSet(options, "bind-create-src", refuse);
  const readOnly = isSet(options, "readonly", refuse);
  return { kind: "bind", source: resolve(cwd, source), target, readOnly, createSource, long: true };
}

function namedVolume({ text, options, target, refuse }: Given): Volume {
  const source = options.get("source") ?? "";
  if (source !== "" && !isVolumeName(source))
    throw new BoxError("invalid-volume", `${quote(text)}: ${invalidVolumeName(source)}`, { hint: HINT });
  if ((options.get("volume-driver") ?? "local") !== "local") throw refuse("the only volume-driver is local");
  const noCopy = isSet(options, "volume-nocopy", refuse);
  return {
    kind: "volume",
    ...{ source, target, readOnly: isSet(options, "readonly", refuse), noCopy, long: true },
  };
}

function tmpfsMount({ text, options, target, refuse }: Given): Tmpfs {
  if (options.has("source")) throw refusalOfType(text, "tmpfs")("field Source must not be specified");
  if (target.includes(":")) throw refuse("the target of a tmpfs must not contain a colon");
  const size = options.get("tmpfs-size");
  const mode = options.get("tmpfs-mode");
  if (mode !== undefined && !/^0?[0-7]{1,4}$/.test(mode))
    throw refuse(`invalid value for tmpfs-mode: ${quote(mode)}`);
  const given = [
    ...(isSet(options, "readonly", refuse) ? ["ro"] : []),
    ...(size === undefined ? [] : [`size=${within("tmpfs-size", () => parseSize(size))}`]),
    ...(mode === undefined ? [] : [`mode=${mode.slice(-4).padStart(4, "0")}`]),
  ];
  return { kind: "tmpfs", target, options: given };
}

/**
 * Parses Docker's `--mount TYPE=…,NAME=VALUE,…`; a relative host path begins with `.` and is resolved against `cwd`. For
 * options given twice, the last value wins.
 * @throws BoxError invalid-mount if it is malformed, otherwise invalid-volume; invalid-size
 */
export function parseMount(text: string, cwd: string): Mount {
  const refuse = refusal(text);
  const options = readOptions(text, refuse);
  const type = (options.get("type") ?? "volume").toLowerCase();
  const place = options.get("target");
  if (place === undefined) throw refuse("target is required");
  checkMix(options, type, refuse);
  const ofType = refusalOfType(text, type);
  if (!["bind", "volume", "tmpfs"].includes(type)) throw ofType("mount type unknown");
  const given = {
    text,
    options,
    target: parseMountPoint(place, (predicate) => ofType(`the target ${predicate}`)),
    refuse,
  };
  if (type === "tmpfs") return tmpfsMount(given);
  return type === "bind" ? bindMount(given, cwd) : namedVolume(given);
}

/** A volume in the long notation; `parseMount(formatMount(v), "/")` returns `v`. */
export function formatMount(volume: Volume): string {
  return joinCsv([
    `type=${volume.kind}`,
    ...(volume.source === "" ? [] : [`source=${volume.source}`]),
    `target=${volume.target}`,
    ...(volume.readOnly ? ["readonly"] : []),
    ...(volume.kind === "bind" && volume.createSource ? ["bind-create-src"] : []),
    ...(volume.kind === "volume" && volume.noCopy ? ["volume-nocopy"] : []),
  ]);
}

/**
 * Parses a volume of a BoxConfig, in short or long notation. They cannot be confused: the name of a volume contains
 * neither `=` nor `,`.
 * @throws BoxError invalid-volume, invalid-mount
 */
export function parseMountSpec(text: string, cwd: string): Volume {
  if (!/^[^/.~:]*[=,]/.test(text)) return parseVolume(text, cwd);
  const mount = parseMount(text, cwd);
  if (mount.kind !== "tmpfs") return mount;
  throw refusal(text)("is a tmpfs, not a volume", "add it to `tmpfs`");
}

/** A volume as kept in a BoxConfig: in short notation if possible; `parseMountSpec` parses it. */
export function formatMountSpec(volume: Volume): string {
  return fitsShortNotation(volume) ? formatVolume(volume) : formatMount(volume);
}
