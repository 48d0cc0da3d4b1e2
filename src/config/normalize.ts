import { resolve } from "node:path";
import { WORKSPACE, type BoxConfig } from "./box-config.js";
import { BoxError, naming } from "../errors.js";
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
function checkString(text: string, subject: string, value: string): void {
  if (text.includes("\0"))
    throw new BoxError("invalid-string", `${quote(value)} has a NUL byte in it`, { subject });
  const bytes = Buffer.byteLength(text) + 1;
  if (bytes <= LONGEST_STRING) return;
  throw new BoxError("invalid-string", `${quote(value)} has ${bytes - 1} bytes`, {
    subject,
    hint: `Linux takes at most ${LONGEST_STRING - 1} bytes in one argument or variable; use a file`,
  });
}

function checkVariables(variables: readonly [string, string][], subject: string): void {
  for (const [name, value] of variables) {
    if (name === "" || name.includes("="))
      throw new BoxError("invalid-env", `${quote(name)} names no variable`, { subject });
    checkString(`${name}=${value}`, subject, name);
  }
}

function checkStrings(config: BoxConfig): void {
  for (const word of config.cmd) checkString(word, "cmd", word);
  for (const word of config.entrypointOverride ?? []) checkString(word, "entrypointOverride", word);
  checkVariables(config.extraEnv, "extraEnv");
  checkVariables(config.sidecar?.env ?? [], "sidecar.env");
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
  naming("portMap", () => config.portMap.forEach(parsePort));
  const volumes = naming("volumes", () => config.volumes.map((text) => parseMountSpec(text, cwd)));
  checkMountPoints([
    ...volumes.map(({ target }) => target),
    ...naming("tmpfs", () => config.tmpfs.map((text) => parseTmpfs(text).path)),
    ...(config.workspace === "" ? [] : [WORKSPACE]),
  ]);
  naming("dns", () => config.dns.forEach(checkDnsEntry));
  const { resourceLimits, workspace } = config;
  if (workspace.includes("\0"))
    throw new BoxError("invalid-workspace", `${quote(workspace)} has a NUL byte in it`, {
      subject: "workspace",
    });
  const { pidsLimit, cpuQuota, cpusetCpus } = resourceLimits;
  if (cpuQuota !== null && cpuQuota > 0 && cpuQuota < 1000)
    throw new BoxError("invalid-number", `"${cpuQuota}" is less than 1000 microseconds`, {
      subject: "resourceLimits.cpuQuota",
    });
  const { cacheDir } = config.cache;
  if (cacheDir?.includes("\0"))
    throw new BoxError("invalid-config", `${quote(cacheDir)} has a NUL byte in it`, {
      subject: "cache.cacheDir",
    });
  return {
    ...config,
    cache: { ...config.cache, cacheDir: cacheDir === null ? null : resolve(cwd, cacheDir) },
    workspace: workspace === "" ? "" : resolve(cwd, workspace),
    volumes: volumes.map(formatMountSpec),
    capAdd: naming("capAdd", () => config.capAdd.map(parseCapability)),
    capDrop: naming("capDrop", () => config.capDrop.map(parseCapability)),
    securityOpt: naming("securityOpt", () => config.securityOpt.map((text) => parseOption(text, cwd))),
    resourceLimits: {
      ...resourceLimits,
      // Docker's 0 is no limit.
      pidsLimit: pidsLimit === 0 ? -1 : pidsLimit,
      cpuQuota: cpuQuota === 0 ? null : cpuQuota,
      ulimits: naming("resourceLimits.ulimits", () => parseUlimits(resourceLimits.ulimits)),
      cpusetCpus:
        cpusetCpus === null
          ? null
          : naming("resourceLimits.cpusetCpus", () => formatCpuset(parseCpuset(cpusetCpus))),
    },
  };
}
