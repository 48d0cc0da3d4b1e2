import { resolve } from "node:path";
import { WORKSPACE, type BoxConfig } from "./box-config.js";
import { BoxError } from "../errors.js";
import { parseCapability } from "./syntax/capability.js";
import { formatCpuset, parseCpuset } from "./syntax/cpuset.js";
import { checkDnsEntry } from "./syntax/dns.js";
import { formatMountSpec, parseMountSpec } from "./syntax/mount.js";
import { parsePort } from "./syntax/port.js";
import { quote } from "./syntax/quote.js";
import { formatSecurityOpt, parseSecurityOpt } from "./syntax/security-opt.js";
import { parseTmpfs } from "./syntax/tmpfs.js";
import { formatUlimit, parseUlimit } from "./syntax/ulimit.js";

/** Bytes of one string that execve(2) takes, its closing NUL counted (MAX_ARG_STRLEN). */
const LONGEST_STRING = 131_072;

/** Arguments and variables reach the program through execve(2), which has its own rules. */
function checkString(text: string, what: string, value: string): void {
  if (text.includes("\0"))
    throw new BoxError("invalid-string", `${what}: ${quote(value)} has a NUL byte in it`);
  const bytes = Buffer.byteLength(text) + 1;
  if (bytes <= LONGEST_STRING) return;
  throw new BoxError("invalid-string", `${what}: ${quote(value)} has ${bytes - 1} bytes`, {
    hint: `Linux takes at most ${LONGEST_STRING - 1} bytes in one argument or variable; use a file`,
  });
}

function checkStrings(config: BoxConfig): void {
  for (const word of config.cmd) checkString(word, "COMMAND", word);
  for (const word of config.entrypointOverride ?? []) checkString(word, "--entrypoint", word);
  for (const [name, value] of [...config.extraEnv, ...(config.sidecar?.env ?? [])]) {
    if (name === "" || name.includes("="))
      throw new BoxError("invalid-env", `-e: ${quote(name)} names no variable`);
    checkString(`${name}=${value}`, "-e", name);
  }
}

/** The path of a seccomp profile, from the working folder. */
function parseOption(text: string, cwd: string): string {
  const option = parseSecurityOpt(text);
  const isPath = option.kind === "seccomp" && option.profile !== "unconfined" && option.profile !== "default";
  return formatSecurityOpt(isPath ? { ...option, profile: resolve(cwd, option.profile) } : option);
}

/** The last of each name holds, as with Docker. */
function parseUlimits(list: readonly string[]): string[] {
  const parsed = list.map(parseUlimit);
  return [...new Map(parsed.map((limit) => [limit.name, formatUlimit(limit)])).values()];
}

/** @throws BoxError duplicate-mount */
export function checkMountPoints(targets: string[]): void {
  const twice = targets.find((target, i) => targets.indexOf(target) < i);
  if (twice === undefined) return;
  throw new BoxError("duplicate-mount", `Duplicate mount point: ${quote(twice)}`, {
    hint: "-v, --mount, --tmpfs and --workspace mount one thing at one place",
  });
}

/**
 * Checks all that a BoxConfig says in Docker's notations, and writes it in the canonical one: relative host paths
 * become absolute, since a box outlives the command that made it.
 * @throws BoxError of the parser that refuses
 */
export function normalizeConfig(config: BoxConfig, cwd: string): BoxConfig {
  checkStrings(config);
  for (const text of config.portMap) parsePort(text);
  // A flag was checked where it stood: what is wrong here stands in a configuration.
  const volumes = config.volumes.map((text) => parseMountSpec(text, cwd, "volumes"));
  checkMountPoints([
    ...volumes.map(({ target }) => target),
    ...config.tmpfs.map((text) => parseTmpfs(text).path),
    ...(config.workspace === "" ? [] : [WORKSPACE]),
  ]);
  for (const text of config.dns) checkDnsEntry(text);
  const { resourceLimits, workspace } = config;
  if (workspace.includes("\0"))
    throw new BoxError("invalid-workspace", `--workspace: ${quote(workspace)} has a NUL byte in it`);
  const { pidsLimit, cpuQuota } = resourceLimits;
  if (cpuQuota !== null && cpuQuota > 0 && cpuQuota < 1000)
    throw new BoxError("invalid-number", `--cpu-quota: "${cpuQuota}" is less than 1000 microseconds`);
  const { cacheDir } = config.cache;
  if (cacheDir?.includes("\0"))
    throw new BoxError("invalid-config", `cache.cacheDir: ${quote(cacheDir)} has a NUL byte in it`);
  return {
    ...config,
    cache: { ...config.cache, cacheDir: cacheDir === null ? null : resolve(cwd, cacheDir) },
    workspace: workspace === "" ? "" : resolve(cwd, workspace),
    volumes: volumes.map(formatMountSpec),
    capAdd: config.capAdd.map((text) => parseCapability(text, "--cap-add")),
    capDrop: config.capDrop.map((text) => parseCapability(text, "--cap-drop")),
    securityOpt: config.securityOpt.map((text) => parseOption(text, cwd)),
    resourceLimits: {
      ...resourceLimits,
      // Docker's 0 is no limit.
      pidsLimit: pidsLimit === 0 ? -1 : pidsLimit,
      cpuQuota: cpuQuota === 0 ? null : cpuQuota,
      ulimits: parseUlimits(resourceLimits.ulimits),
      cpusetCpus:
        resourceLimits.cpusetCpus === null ? null : formatCpuset(parseCpuset(resourceLimits.cpusetCpus)),
    },
  };
}
