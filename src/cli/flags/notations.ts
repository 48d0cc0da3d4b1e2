import { isIP } from "node:net";
import { resolve } from "node:path";
import type { Notation } from "../../config/field.js";
import { parseUser } from "../../config/syntax/account.js";
import { parseBoxPath } from "../../config/syntax/box-path.js";
import { parseCpuset } from "../../config/syntax/cpuset.js";
import { checkDnsEntry } from "../../config/syntax/dns.js";
import { parseDuration } from "../../config/syntax/duration.js";
import { parseEnv, type Variable } from "../../config/syntax/env.js";
import { parseLabel } from "../../config/syntax/label.js";
import { parseLogOpt } from "../../config/syntax/log-opt.js";
import { formatMountSpec, parseMount, parseMountSpec } from "../../config/syntax/mount.js";
import { formatNetworkText, parseNetworkText } from "../../config/syntax/network.js";
import { parseLinuxPlatform } from "../../config/syntax/platform.js";
import { parsePoolName } from "../../config/syntax/pool-name.js";
import { quote } from "../../config/syntax/quote.js";
import { formatRestart, parseRestart } from "../../config/syntax/restart.js";
import { parseSize } from "../../config/syntax/size.js";
import { parseSysctl } from "../../config/syntax/sysctl.js";
import { parseTee } from "../../config/syntax/tee.js";
import { formatTmpfs } from "../../config/syntax/tmpfs.js";
import { within } from "../../config/syntax/within.js";
import { BoxError } from "../../errors.js";
import { callerEnvironment } from "../../host/caller-environment.js";
import { inWorkingFolder } from "../working-folder.js";
import type { Stream } from "./given.js";
import { parseChoice, parseWhole } from "./parse.js";

/** Properties of a field that its notation may need. */
export interface Bounds {
  least: number;
  most: number;
  choices: readonly string[];
}

const MEBIBYTE = 2 ** 20;

function megabytes(text: string, { least, most }: Bounds): number {
  const value = Math.floor(parseSize(text) / MEBIBYTE);
  if (value >= least && value <= most) return value;
  const bound = value < least ? `less than the minimum of ${least}m` : `more than the maximum of ${most}m`;
  throw new BoxError("invalid-size", `${quote(text)} is ${bound}`);
}

function bytes(text: string, { least }: Bounds): number {
  const value = parseSize(text);
  if (value >= least) return value;
  throw new BoxError("invalid-size", `${quote(text)} is less than the minimum of ${least} bytes`);
}

/** A part of a CPU is time of a whole one. */
function cpus(text: string, { most }: Bounds): Record<string, number | null> {
  if (!/^-?(\d{1,9}|\d{0,4}\.\d{1,9})$/.test(text))
    throw new BoxError("invalid-number", `${quote(text)} is not a rational number`);
  const value = Number(text);
  if (value < 0.01 || value > most)
    throw new BoxError("invalid-cpus", `${quote(text)}: range of CPUs is from 0.01 to ${most}`);
  const whole = Math.ceil(value);
  return { "resources.vcpus": whole, "record.cpus": whole === value ? null : value };
}

function storage(text: string, bounds: Bounds): number {
  const [, size] = /^size=(.*)$/s.exec(text) ?? [];
  if (size !== undefined) return within("size", () => megabytes(size, bounds));
  throw new BoxError("invalid-storage-opt", `${quote(text)} is not a valid storage option`, {
    hint: "use size=SIZE, the size of the writable layer",
  });
}

function share(text: string, { least, most }: Bounds): number {
  const value = /^\d{0,4}(\.\d{1,9})?$/.test(text) && text !== "" ? Number(text) : NaN;
  if (value >= least && value <= most) return value;
  throw new BoxError("invalid-number", `${quote(text)} is not a number from ${least} to ${most}`);
}

function timeout(text: string, { most }: Bounds): number {
  const seconds = Math.ceil(parseDuration(text, true));
  if (seconds <= most) return seconds;
  throw new BoxError("invalid-duration", `${quote(text)} is more than ${most} seconds`);
}

function stream(text: string): Stream {
  const name = text.toLowerCase();
  if (name === "stdin" || name === "stdout" || name === "stderr") return name;
  throw new BoxError("invalid-choice", `${quote(text)} is not one of stdin, stdout, stderr`);
}

function logDriver(text: string, { choices }: Bounds): string {
  if (choices.includes(text)) return text;
  throw new BoxError(
    "invalid-log-driver",
    `${quote(text)}: error looking up logging plugin: plugin not found`,
    {
      hint: `use ${choices.join(", ")}`,
    },
  );
}

/** A choice that every box has anyway. */
function own(text: string, { choices }: Bounds): string {
  if (choices.includes(text)) return text;
  throw new BoxError("invalid-choice", `${quote(text)} is not supported`, {
    hint: `use ${choices.join(" or ")}, the default: each box is a VM with its own kernel and namespaces`,
  });
}

function workspace(text: string): string {
  if (text !== "" && !text.includes("\0")) return resolve(text);
  throw new BoxError("invalid-workspace", `${quote(text)} is not a path`);
}

function workdir(text: string): string {
  return parseBoxPath(text, (reason) => new BoxError("invalid-workdir", `${quote(text)} ${reason}`));
}

/** A `--mount`, as part of a configuration. */
export type MountField = { volumes: string } | { tmpfs: string };

/** Resolves relative paths now: a box outlives the command that creates it. */
function mount(text: string): MountField {
  const parsed = inWorkingFolder((cwd) => parseMount(text, cwd));
  return parsed.kind === "tmpfs" ? { tmpfs: formatTmpfs(parsed) } : { volumes: formatMountSpec(parsed) };
}

/** An entry of resolv.conf(5), which holds servers, domains and options. */
function dnsEntry(keyword: "search" | "options") {
  return (text: string): string => {
    checkDnsEntry(`${keyword} ${text}`);
    return `${keyword} ${text}`;
  };
}

function dnsServer(text: string): string {
  if (isIP(text) === 0) throw new BoxError("invalid-dns", `${quote(text)} is not an IP address`);
  checkDnsEntry(text);
  return text;
}

/** Reads the caller's environment only for a name without a value. */
function variable(text: string): Variable {
  return parseEnv(text, text.includes("=") ? {} : callerEnvironment(process.env));
}

/** Rejects invalid text while flags are parsed, but keeps it as text. */
function checked(check: (text: string) => unknown) {
  return (text: string): string => {
    check(text);
    return text;
  };
}

/**
 * Converts the argument of a flag to its field's value, or to an entry of it if it is a list. Fields that stay text in
 * Docker's notation are checked when the configuration is parsed (config/spec.ts), unless several flags set them or
 * another command has the flag.
 */
export const NOTATIONS: Readonly<Record<Notation, (text: string, bounds: Bounds) => unknown>> = {
  text: (text) => text,
  choice: (text, { choices }) => parseChoice(choices)(text),
  whole: (text, { least, most }) => parseWhole(least, most)(text),
  cpus,
  bytes,
  "bytes or -1": (text) => (text === "-1" ? -1 : parseSize(text)),
  megabytes,
  storage,
  duration: (text) => parseDuration(text),
  timeout,
  share,
  word: (text) => (text === "" ? [] : [text]),
  shell: (text) => ["CMD-SHELL", text],
  user: parseUser,
  workdir,
  restart: (text) => formatRestart(parseRestart(text)),
  label: parseLabel,
  "label-file": (text) => text,
  "log-driver": logDriver,
  "log-opt": parseLogOpt,
  sysctl: parseSysctl,
  variable,
  "env-file": (text) => text,
  volume: (text) => inWorkingFolder((cwd) => formatMountSpec(parseMountSpec(text, cwd))),
  mount,
  workspace,
  // Docker's name for the network that a box has without the flag.
  network: (text) => (text === "default" ? "tsi" : formatNetworkText(parseNetworkText(text))),
  dns: dnsServer,
  "dns-search": dnsEntry("search"),
  "dns-option": dnsEntry("options"),
  cpuset: checked(parseCpuset),
  stream,
  own,
  tee: parseTee,
  pool: (name) => ({ "pool.enabled": true, "pool.name": parsePoolName(name) }),
  platform: parseLinuxPlatform,
};
