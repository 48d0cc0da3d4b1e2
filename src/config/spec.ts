import { resolve } from "node:path";
import { naming } from "../errors.js";
import type { BoxConfig } from "./box-config.js";
import type { BoxOptions } from "./box-options.js";
import { toLimits, type LimitsSpec } from "./spec/limits.js";
import { toMounts } from "./spec/mounts.js";
import { toNetworks } from "./spec/networks.js";
import { toRecordSpec, type RecordSpec } from "./spec/record.js";
import { checkPath, checkTotal, checkVariables, checkWords } from "./spec/strings.js";
import { parseCapability, type Capability } from "./syntax/capability.js";
import { parseDns, type DnsEntries } from "./syntax/dns.js";
import type { Mount } from "./syntax/mount.js";
import type { Attachment, Link, Network } from "./syntax/network.js";
import { parsePoolName } from "./syntax/pool-name.js";
import { parsePort, type PortBinding } from "./syntax/port.js";
import { parseSecurityOpt, type SecurityOpt } from "./syntax/security-opt.js";

type Text =
  | "volumes"
  | "tmpfs"
  | "portMap"
  | "dns"
  | "network"
  | "resourceLimits"
  | "capAdd"
  | "capDrop"
  | "securityOpt";

/** A box's configuration and record options with every value parsed. */
export interface BoxSpec extends Omit<BoxConfig, Text> {
  /** Volumes, the workspace and tmpfs, in this order. */
  mounts: Mount[];
  portMap: PortBinding[];
  dns: DnsEntries;
  /** The box's own connection, and the first of `networks`. */
  network: Network;
  /** Networks that the box shares with others. */
  networks: Attachment[];
  links: Link[];
  /** Whether the box has a connection to the outside that does not depend on its networks. */
  hasOwnConnection: boolean;
  resourceLimits: LimitsSpec;
  capAdd: (Capability | "ALL")[];
  capDrop: (Capability | "ALL")[];
  securityOpt: SecurityOpt[];
  record: RecordSpec;
}

/** Resolves the path of a seccomp profile against the working directory. */
function toSecurityOpt(text: string, cwd: string): SecurityOpt {
  const option = parseSecurityOpt(text);
  const isPath = option.kind === "seccomp" && option.profile !== "unconfined" && option.profile !== "default";
  return isPath ? { ...option, profile: resolve(cwd, option.profile) } : option;
}

/**
 * Parses all values of a configuration and its record options that are in Docker's notation. This is the only place
 * that does.
 * @param cwd base of relative host paths
 * @throws BoxError from the parser that rejects a value; its subject is the field
 */
export function toSpec(config: BoxConfig, options: BoxOptions, cwd: string): BoxSpec {
  const { volumes, tmpfs, ...others } = config;
  const { cmd, entrypointOverride, extraEnv, sidecar, portMap, dns, cache, workspace } = others;
  const { capAdd, capDrop, securityOpt } = others;
  naming("cmd", () => checkWords(cmd));
  naming("entrypointOverride", () => checkWords(entrypointOverride ?? []));
  naming("extraEnv", () => checkVariables(extraEnv));
  naming("sidecar.env", () => checkVariables(sidecar?.env ?? []));
  checkTotal([...(entrypointOverride ?? []), ...cmd, ...extraEnv.map((pair) => pair.join("="))]);
  naming("pool.name", () => parsePoolName(config.pool.name));
  naming("cache.cacheDir", () => checkPath(cache.cacheDir ?? ""));
  return {
    ...others,
    cache: { ...cache, cacheDir: cache.cacheDir === null ? null : resolve(cwd, cache.cacheDir) },
    workspace: workspace === "" ? "" : resolve(cwd, workspace),
    portMap: naming("portMap", () => portMap.flatMap(parsePort)),
    mounts: toMounts({ volumes, workspace, tmpfs }, cwd),
    dns: naming("dns", () => parseDns(dns)),
    ...toNetworks({ config, options }),
    resourceLimits: toLimits(config.resourceLimits),
    capAdd: naming("capAdd", () => capAdd.map(parseCapability)),
    capDrop: naming("capDrop", () => capDrop.map(parseCapability)),
    securityOpt: naming("securityOpt", () => securityOpt.map((text) => toSecurityOpt(text, cwd))),
    record: toRecordSpec(options),
  };
}
