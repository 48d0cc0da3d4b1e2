import type { BoxConfig } from "../box-config.js";
import type { BoxOptions } from "../box-options.js";
import type { BoxSpec } from "../spec.js";
import { formatAddHost } from "../syntax/add-host.js";
import { formatCpuset } from "../syntax/cpuset.js";
import { formatMountSpec } from "../syntax/mount.js";
import { formatNetworkText, parseNetworkText } from "../syntax/network.js";
import { formatRestart } from "../syntax/restart.js";
import { formatSecurityOpt } from "../syntax/security-opt.js";
import { formatUlimit } from "../syntax/ulimit.js";
import { isWorkspace, volumesOf } from "./mounts.js";

/**
 * Returns a configuration in canonical notation, as kept in a record. Host paths are absolute, because a box outlives
 * the command that created it.
 * @param spec the parsed values of `config`
 */
export function canonicalConfig(config: BoxConfig, spec: BoxSpec): BoxConfig {
  const { cpusetCpus, ulimits } = spec.resourceLimits;
  return {
    ...config,
    image: spec.image,
    sidecar: spec.sidecar,
    cache: spec.cache,
    workspace: spec.workspace,
    volumes: volumesOf(spec)
      .filter((volume) => !isWorkspace(spec, volume))
      .map(formatMountSpec),
    capAdd: spec.capAdd,
    capDrop: spec.capDrop,
    securityOpt: spec.securityOpt.map(formatSecurityOpt),
    resourceLimits: {
      ...spec.resourceLimits,
      ulimits: ulimits.map(formatUlimit),
      cpusetCpus: cpusetCpus && formatCpuset(cpusetCpus),
    },
  };
}

/** As `canonicalConfig`, for a record's options. */
export function canonicalOptions(options: BoxOptions, { record }: BoxSpec): BoxOptions {
  return {
    ...options,
    addHost: record.addHost.map(formatAddHost),
    networks: options.networks.map((text) => formatNetworkText(parseNetworkText(text))),
    restart: formatRestart(record.restart),
    // Not every libc knows the names of real-time signals.
    stopSignal: /rt/i.test(options.stopSignal ?? "") ? String(record.stopSignal) : options.stopSignal,
    workdir: record.workdir,
  };
}
