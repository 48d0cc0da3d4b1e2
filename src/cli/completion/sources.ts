import { constants } from "node:os";
import { CAPABILITIES } from "../../config/syntax/capability.js";
import { splitBoxPath } from "../../config/syntax/copy-path.js";
import { isFileReference, TRANSPORTS } from "../../config/syntax/file-reference.js";
import { ULIMIT_NAMES } from "../../config/syntax/ulimit.js";
import type { Flag } from "../../config/field.js";
import { engine } from "../engine.js";
import { FILES, plain, type Candidate } from "./candidate.js";
import { pathsBehind } from "./paths.js";

/** The position of the word to complete. */
interface Place {
  /** The word typed so far. */
  current: string;
  /** The operands before it. */
  operands: readonly string[];
}

export type Source = (place: Place) => Candidate[] | Promise<Candidate[]>;

const boxNames: Source = async () => plain(await engine().boxes.names());

/** Names of images, without those in files. */
const imageNames: Source = async () => {
  const images = await engine().images.list();
  return plain(images.flatMap(({ repository, tag }) => (tag === undefined ? [] : [`${repository}:${tag}`])));
};

/** Names of images, or images in files. */
const images: Source = async (place) => {
  const { current } = place;
  const prefix = isFileReference(current) ? current.slice(0, current.indexOf(":") + 1) : undefined;
  if (prefix !== undefined) return pathsBehind(prefix, current.slice(prefix.length));
  return [...(await imageNames(place)), ...plain(TRANSPORTS.map((transport) => `${transport}:`))];
};

const volumeNames: Source = async () => plain((await engine().volumes.list()).map(({ name }) => name));

const networkNames: Source = async () => plain((await engine().networks.list()).map(({ name }) => name));

/** Without Docker's predefined ones. */
const ownNetworks: Source = async () => {
  const networks = (await engine().networks.list()).filter(({ kind }) => kind !== "predefined");
  return plain(networks.map(({ name, kind }) => (kind === "implicit" ? `bridge:${name}` : name)));
};

/** Networks that a box can be connected to. */
const connectable: Source = async () => {
  const networks = (await engine().networks.list()).filter(({ kind }) => kind !== "predefined");
  return plain(networks.map(({ name }) => name));
};

/** Networks that can be removed: others exist as long as boxes name them, or always. */
const createdNetworks: Source = async () => {
  const networks = (await engine().networks.list()).filter(({ kind }) => kind === "created");
  return plain(networks.map(({ name }) => name));
};

const poolNames: Source = async () => plain((await engine().pools.list()).map(({ name }) => name));

const files: Source = () => [FILES];

const boxPaths: Source = async (place) =>
  (await boxNames(place)).map(({ text, ...rest }) => ({ text: `${text}:`, ...rest }));

/** Objects for `box inspect`. */
const objects: Source = async (place) =>
  (
    await Promise.all([boxNames, images, networkNames, volumeNames].map(async (source) => source(place)))
  ).flat();

/** One of the two arguments of `box cp` is a path in a box, the other a host path. */
const copySources: Source = async (place) => [...(await boxPaths(place)), FILES];
const copyTargets: Source = (place) =>
  splitBoxPath(place.operands[0] ?? "") === undefined ? boxPaths(place) : [FILES];

/** By argument name. */
const ARGUMENTS: Readonly<Record<string, Source>> = {
  box: boxNames,
  image: images,
  network: networkNames,
  pool: poolNames,
  volume: volumeNames,
  command: files,
};

/** By command and argument name, where it differs from above. */
const ARGUMENTS_OF: Readonly<Record<string, Readonly<Record<string, Source>>>> = {
  cp: { src: copySources, dest: copyTargets },
  commit: { name: imageNames },
  connect: { network: connectable },
  images: { image: imageNames },
  import: { "file|URL|-": files, name: imageNames },
  inspect: { name: objects },
  ls: { image: imageNames },
  push: { image: imageNames },
  rm: { network: createdNetworks },
  tag: { name: imageNames },
};

export function sourceOfArgument(command: string, argument: string): Source | undefined {
  const own = Object.hasOwn(ARGUMENTS_OF, command) ? ARGUMENTS_OF[command] : undefined;
  if (own && Object.hasOwn(own, argument)) return own[argument];
  return Object.hasOwn(ARGUMENTS, argument) ? ARGUMENTS[argument] : undefined;
}

const PLATFORMS = ["386", "amd64", "arm/v6", "arm/v7", "arm64", "ppc64le", "riscv64", "s390x"];

/** By placeholder of a flag's value in the help. */
const VALUES: Readonly<Record<string, Source>> = {
  file: files,
  folder: files,
  directory: files,
  image: images,
  platform: () => plain(PLATFORMS.map((name) => `linux/${name}`)),
  signal: () => plain(Object.keys(constants.signals)),
};

export function sourceOfValue(placeholder: string): Source | undefined {
  return Object.hasOwn(VALUES, placeholder) ? VALUES[placeholder] : undefined;
}

/** By the kind that a flag `offers`. */
export const OFFERS: Readonly<Record<Exclude<Flag["offers"], readonly string[] | undefined>, Source>> = {
  files,
  // A volume name never begins like a host path.
  volumes: async (place) => [...(/^[./~]/.test(place.current) ? [] : await volumeNames(place)), FILES],
  images,
  networks: async (place) => [...plain(["tsi", "bridge", "none"]), ...(await ownNetworks(place))],
  pools: poolNames,
  capabilities: () => plain(["ALL", ...CAPABILITIES]),
  ulimits: () => plain(ULIMIT_NAMES.map((name) => `${name}=`)),
};
