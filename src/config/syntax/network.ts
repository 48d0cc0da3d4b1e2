import { isIPv4 } from "node:net";
import { BoxError } from "../../errors.js";
import { splitCsv } from "./csv.js";
import { quote } from "./quote.js";

export type NetworkMode = "tsi" | "bridge" | "none";

export interface Network {
  mode: NetworkMode;
  /** A network that boxes share; undefined: the box has a bridge of its own. */
  name?: string;
  /** Whether the network exists while a box names it, without having been created. */
  implicit?: boolean;
}

/** A box's place on a network, as requested. */
export interface Attachment {
  network: string;
  /** See `Network`. */
  implicit: boolean;
  /** The box's additional names there. */
  aliases: string[];
  /** Requested IPv4 address; null: any. */
  address: string | null;
}

/** Another box of the first network, and the name by which this box knows it. */
export interface Link {
  box: string;
  alias: string;
}

const NAME = /^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/;
const MOST_CHARACTERS = 128;

/** Words that `--network` takes for something else than a network's name. */
const RESERVED = new Set(["tsi", "bridge", "none", "host", "default"]);

/** Whether a network cannot be created with this name, because it is one of Docker's or a mode. */
export const isReserved = (name: string): boolean => RESERVED.has(name);

/** Whether a text can be the name of a network. */
export function isNetworkName(text: string): boolean {
  return NAME.test(text) && text.length <= MOST_CHARACTERS;
}

/** Returns a hint, also for people who expect Docker's modes. */
function hintFor(text: string): string {
  const modes = "use tsi, bridge, none or the name of a network";
  if (text === "host") return `${modes}; a box has a network of its own, whose ports can be published`;
  if (text.startsWith("container:"))
    return `${modes}; two boxes have two kernels, so they cannot share one network stack, but find each other by name on a network`;
  return modes;
}

/**
 * Parses a network: tsi, bridge, none, the name of a network, or bridge:NAME, a network that need not have been created.
 * @throws BoxError invalid-network
 */
export function parseNetwork(text: string): Network {
  if (text === "") throw new BoxError("invalid-network", "no name set for network", { hint: hintFor(text) });
  if (text === "tsi" || text === "bridge" || text === "none") return { mode: text };
  const implicit = text.startsWith("bridge:");
  const name = implicit ? text.slice("bridge:".length) : text;
  if (!isNetworkName(name) || isReserved(name))
    throw new BoxError("invalid-network", `${quote(text)} is not a valid network mode`, {
      hint: hintFor(text),
    });
  return { mode: "bridge", name, implicit };
}

/** Parses an alias of a box on a network. @throws BoxError invalid-network */
export function parseAlias(text: string): string {
  // The switch answers for names of this length, which is that of a DNS name.
  if (/^[a-zA-Z0-9_]([a-zA-Z0-9_.-]*[a-zA-Z0-9_])?$/.test(text) && text.length <= 253) return text;
  throw new BoxError("invalid-network", `${quote(text)} is not a valid alias`, {
    hint: "use letters, digits, _ . and -, beginning and ending with a letter or digit",
  });
}

/** Parses an address requested with `--ip`. @throws BoxError invalid-network */
export function parseAddress(text: string): string {
  if (isIPv4(text)) return text;
  throw new BoxError("invalid-network", `${quote(text)} is not an IPv4 address`);
}

/** Parses `--link BOX[:ALIAS]`. @throws BoxError invalid-network */
export function parseLink(text: string): Link {
  const [box = "", alias = box, ...more] = text.replace(/^\//, "").split(":");
  if (box === "" || alias === "" || more.length > 0)
    throw new BoxError("invalid-network", `${quote(text)} is not a link`, {
      hint: "use BOX or BOX:ALIAS",
    });
  return { box, alias: parseAlias(alias) };
}

function longForm(text: string): { name: string; aliases: string[]; address: string | null } {
  const found = { name: "", aliases: [] as string[], address: null as string | null };
  const refuse = (reason: string, hint?: string) => new BoxError("invalid-network", reason, { hint });
  const fields = splitCsv(text);
  if (fields === undefined) throw refuse(`${quote(text)} has malformed quotation marks`);
  for (const field of fields) {
    const at = field.indexOf("=");
    if (at < 1) throw refuse(`invalid field ${field.slice(0, 80)}`);
    const key = field.slice(0, at).trim().toLowerCase();
    const value = field.slice(at + 1).trim();
    if (key === "name") found.name = value;
    else if (key === "alias") found.aliases.push(parseAlias(value));
    else if (key === "ip") found.address = parseAddress(value);
    else throw refuse(`invalid field key ${key.slice(0, 80)}`, "use name, alias and ip");
  }
  if (found.name === "") throw refuse("network name/id is not specified");
  return found;
}

/** A network as in Docker's `--network`: a mode or a name, or `name=NAME,alias=ALIAS,ip=ADDRESS`. */
export interface NetworkText {
  /** As `parseNetwork` accepts it. */
  network: string;
  aliases: string[];
  address: string | null;
}

/** Splits a value of `--network`. @throws BoxError invalid-network */
export function parseNetworkText(text: string): NetworkText {
  // As in Docker: whatever contains a pair of words is the long form.
  const { name, ...others } = /\w=\w/.test(text)
    ? longForm(text)
    : { name: text, aliases: [], address: null };
  parseNetwork(name);
  return { network: name, ...others };
}

/** The canonical text of a network, which `parseNetworkText` reads. */
export function formatNetworkText({ network, aliases, address }: NetworkText): string {
  if (aliases.length === 0 && address === null) return network;
  const pairs = [`name=${network}`, ...aliases.map((alias) => `alias=${alias}`)];
  return [...pairs, ...(address === null ? [] : [`ip=${address}`])].join(",");
}
