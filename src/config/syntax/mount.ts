import { isAbsolute, resolve } from "node:path";
import { BoxError } from "../../errors.js";
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
  isVolumeName,
  parseVolume,
  type Volume,
} from "./volume.js";

export type Mount = Volume | Tmpfs;

type Refuse = (reason: string, hint?: string) => BoxError;

/** Other names of an option. */
const ALIASES: Record<string, string> = {
  src: "source",
  dst: "target",
  destination: "target",
  ro: "readonly",
};

/** Options that may stand without a value. */
const SWITCHES = ["readonly", "volume-nocopy", "bind-create-src"];

/** What Docker's daemon does, and box does not. */
const REFUSED: Record<string, string> = {
  "bind-nonrecursive": "what is mounted below a host folder is always shared with it",
  "volume-subpath": "a volume is mounted whole",
  "volume-label": "label it when you create it",
  "volume-opt": "volumes are folders of this host",
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

function refusal(text: string): Refuse {
  const help = "write type=bind,source=/HOST_PATH,target=/BOX_PATH[,readonly], or type=volume or type=tmpfs";
  return (reason, hint = help) => new BoxError("invalid-mount", `${quote(text)} ${reason}`, { hint });
}

function readOptions(text: string, refuse: Refuse): Map<string, string> {
  if (text.includes("\0")) throw refuse("has a NUL byte in it");
  const fields = splitCsv(text.trim());
  if (!fields) throw refuse("has quotes that do not match");
  const options = new Map<string, string>();
  for (const field of fields) {
    const equals = field.indexOf("=");
    const given = (equals < 0 ? field : field.slice(0, equals)).toLowerCase();
    const name = Object.hasOwn(ALIASES, given) ? (ALIASES[given] ?? given) : given;
    const value = equals < 0 ? "true" : field.slice(equals + 1);
    const reason = Object.hasOwn(REFUSED, name) ? REFUSED[name] : undefined;
    if (reason !== undefined) throw refuse(`has ${name}, which box does not have`, reason);
    if (![...KNOWN, ...SWITCHES, ...TMPFS].includes(name))
      throw refuse(`has an unknown option ${quote(given)}`);
    if (equals < 0 && !SWITCHES.includes(name)) throw refuse(`has ${given} without a value`);
    if (value.trim() !== value || value === "")
      throw refuse(`has ${given} with an empty value or spaces around it`);
    if (options.has(name)) throw refuse(`has ${name} twice`);
    options.set(name, value);
  }
  return options;
}

function isSet(options: Map<string, string>, name: string, refuse: Refuse): boolean {
  const value = options.get(name) ?? "false";
  if (value === "true" || value === "1") return true;
  if (value === "false" || value === "0") return false;
  throw refuse(`has ${name}=${quote(value)}, which is neither true nor false`);
}

/** Refuses options of another type of mount, as Docker does. */
function checkMix(options: Map<string, string>, type: string, refuse: Refuse): void {
  for (const name of options.keys()) {
    const [family = ""] = name.split("-");
    if (["bind", "volume", "tmpfs"].includes(family) && family !== type) {
      throw refuse(`has ${name}, which is for type=${family}`);
    }
  }
  const consistency = options.get("consistency");
  if (consistency !== undefined && !["consistent", "cached", "delegated", "default"].includes(consistency)) {
    throw refuse(`has an unknown consistency ${quote(consistency)}`);
  }
}

function bindMount(options: Map<string, string>, target: string, cwd: string, refuse: Refuse): Volume {
  const source = options.get("source");
  if (source === undefined) throw refuse("names no source");
  if (!isAbsolute(source) && !source.startsWith("."))
    throw refuse(`has a source that is not an absolute path`);
  const propagation = options.get("bind-propagation");
  if (propagation !== undefined && !checkPropagation(propagation, refuse)) {
    throw refuse(`has an unknown bind-propagation ${quote(propagation)}`);
  }
  const recursive = options.get("bind-recursive") ?? "enabled";
  if (recursive !== "enabled")
    throw refuse("has bind-recursive, which box does not have", REFUSED["bind-nonrecursive"]);
  const createSource = isSet(options, "bind-create-src", refuse);
  const readOnly = isSet(options, "readonly", refuse);
  return { kind: "bind", source: resolve(cwd, source), target, readOnly, createSource };
}

function namedVolume(options: Map<string, string>, target: string, refuse: Refuse): Volume {
  const source = options.get("source") ?? "";
  if (source !== "" && !isVolumeName(source))
    throw refuse(`names ${quote(source)}, which is not a volume's name`);
  if ((options.get("volume-driver") ?? "local") !== "local")
    throw refuse("has a volume-driver other than local");
  const noCopy = isSet(options, "volume-nocopy", refuse);
  return { kind: "volume", source, target, readOnly: isSet(options, "readonly", refuse), noCopy };
}

function tmpfsMount(options: Map<string, string>, target: string, refuse: Refuse): Tmpfs {
  if (options.has("source")) throw refuse("has a source, which a tmpfs does not");
  if (target.includes(":")) throw refuse("has a colon in the target of a tmpfs");
  const size = options.get("tmpfs-size");
  const mode = options.get("tmpfs-mode");
  if (mode !== undefined && !/^0?[0-7]{1,4}$/.test(mode))
    throw refuse(`has no octal tmpfs-mode in ${quote(mode)}`);
  const asked = [
    ...(isSet(options, "readonly", refuse) ? ["ro"] : []),
    ...(size === undefined ? [] : [`size=${within("tmpfs-size", () => parseSize(size))}`]),
    ...(mode === undefined ? [] : [`mode=${mode.slice(-4).padStart(4, "0")}`]),
  ];
  return { kind: "tmpfs", target, options: asked };
}

/**
 * Parses Docker's `--mount TYPE=…,NAME=VALUE,…`; a relative host path that begins with `.` resolves against `cwd`.
 * @throws BoxError invalid-mount, invalid-size
 */
export function parseMount(text: string, cwd: string): Mount {
  const refuse = refusal(text);
  const options = readOptions(text, refuse);
  const type = (options.get("type") ?? "volume").toLowerCase();
  if (!["bind", "volume", "tmpfs"].includes(type))
    throw refuse(`has a type that box does not have: ${quote(type)}`);
  checkMix(options, type, refuse);
  const place = options.get("target");
  if (place === undefined) throw refuse("names no target");
  const target = parseMountPoint(place, refuse);
  if (type === "tmpfs") return tmpfsMount(options, target, refuse);
  return type === "bind" ? bindMount(options, target, cwd, refuse) : namedVolume(options, target, refuse);
}

/** A volume in the long notation; `parseMount(formatMount(v), "/")` gives `v`. */
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
 * Parses a volume of a BoxConfig: the short notation, or the long one. The name of a volume, with which the short one
 * may begin, has neither `=` nor `,`.
 * @throws BoxError invalid-volume, invalid-mount
 */
export function parseMountSpec(text: string, cwd: string): Volume {
  if (!/^[^/.~:]*[=,]/.test(text)) return parseVolume(text, cwd);
  const mount = parseMount(text, cwd);
  if (mount.kind !== "tmpfs") return mount;
  throw refusal(text)("is a tmpfs, not a volume", "name it among `tmpfs`");
}

/** A volume as a BoxConfig keeps it: short where that loses nothing; `parseMountSpec` reads it back. */
export function formatMountSpec(volume: Volume): string {
  return fitsShortNotation(volume) ? formatVolume(volume) : formatMount(volume);
}
