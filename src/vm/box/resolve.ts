import type { BoxConfig } from "../../config/box-config.js";
import type { BoxOptions } from "../../config/box-options.js";
import { mergeEnv, splitEnv } from "../../config/syntax/env.js";
import type { PortBinding } from "../../config/syntax/port.js";
import { parseNetwork } from "../../config/syntax/network.js";
import { parseSignal } from "../../config/syntax/signal.js";
import { parseTmpfs } from "../../config/syntax/tmpfs.js";
import { resolvConf } from "../../net/dns.js";
import { hostGateway } from "../../net/guest-network.js";
import { naming } from "../../errors.js";
import type { Image } from "../../oci/image.js";
import type { Driver } from "../drivers/driver.js";
import { RECORD_VERSION, type BoxRecord } from "./record.js";
import { isInit, workloadArgv } from "./resolve/argv.js";
import { bootLimitMs } from "./resolve/boot-limit.js";
import { capabilityMask, resolveCapabilities } from "./resolve/capabilities.js";
import { resolveHealth } from "./resolve/health.js";
import { hostsFile } from "./resolve/hosts.js";
import { resolveDevices, sysctlPath } from "./resolve/kernel.js";
import { resolveLimits, resolvePidsLimit } from "./resolve/limits.js";
import { resolveSecurity } from "./resolve/security.js";
import { guestVolumes, sourcesOf, WORKSPACE, type BoxVolume } from "./resolve/volumes.js";
import type { Home } from "../../host/home.js";

const PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
const SIGTERM = 15;

/** As Docker does, what an image says and is no signal counts for nothing. */
function stopSignal(asked: string | null, image: string | undefined): number {
  if (asked !== null) return naming("record.stopSignal", () => parseSignal(asked));
  try {
    return image ? parseSignal(image) : SIGTERM;
  } catch {
    return SIGTERM;
  }
}

/** What a program of the box may do, by its flags. */
function rights(config: BoxConfig, options: BoxOptions) {
  return {
    groups: options.groupAdd,
    limits: resolveLimits(config.resourceLimits.ulimits),
    capabilities: capabilityMask(resolveCapabilities(config)),
    noNewPrivileges: resolveSecurity(config).noNewPrivileges,
  };
}

/** What the box has of its kernel, by its flags. */
function kernel(config: BoxConfig, options: BoxOptions) {
  return {
    readOnlyRoot: config.readOnly,
    shmBytes: options.shmBytes,
    sysctls: options.sysctls.map(([key, value]) => ({ path: sysctlPath(key), value })),
    pidsLimit: resolvePidsLimit(config.resourceLimits.pidsLimit),
    openPaths: resolveSecurity(config).openPaths,
    privileged: config.privileged,
    devices: resolveDevices(options.devices),
  };
}

/** Everything a monitor needs to know of a box, from what the user asked for and what the image says. */
export async function resolveRecord(
  home: Home,
  config: BoxConfig,
  image: Image,
  driver: Driver,
  volumes: BoxVolume[],
  ports: PortBinding[],
  options: BoxOptions,
  { id, name }: { id: string; name: string },
  seccomp: BoxRecord["seccomp"],
): Promise<Omit<BoxRecord, "wantedPorts">> {
  const argv = workloadArgv(config, image.config);
  const hostname = options.hostname ?? id.slice(0, 12);
  const network = parseNetwork(config.network).mode;
  const env = mergeEnv(
    [
      ["PATH", PATH],
      ["HOSTNAME", hostname],
    ],
    splitEnv(image.config.Env ?? []),
    config.extraEnv,
  );
  return {
    version: RECORD_VERSION,
    id,
    name,
    createdAt: new Date().toISOString(),
    driver: driver.name,
    bootLimitMs: bootLimitMs(home.env["BOX_BOOT_LIMIT"]) ?? driver.bootLimitMs,
    config,
    options,
    image: { reference: image.reference, digest: image.digest, id: image.id, disk: image.disk },
    ports,
    namedVolumes: volumes.flatMap(({ named }) => named ?? []),
    sources: sourcesOf(volumes),
    stopSignal: stopSignal(options.stopSignal, image.config.StopSignal),
    health: resolveHealth(options.health, image.config.Healthcheck),
    seccomp,
    process: {
      argv,
      env,
      cwd: options.workdir ?? (image.config.WorkingDir || (config.workspace === "" ? "/" : WORKSPACE)),
      user: options.user ?? image.config.User ?? "",
      stdin: options.stdin,
      tty: options.tty,
      first: isInit(argv) && !options.init,
      ...rights(config, options),
    },
    guest: {
      hostname,
      hosts: hostsFile(hostname, options.addHost, () => hostGateway(network)),
      resolvConf: network === "none" ? "" : await resolvConf(config.dns),
      tmpfs: config.tmpfs.map(parseTmpfs),
      volumes: guestVolumes(volumes),
      network: driver.guestNetwork({ network }),
      ...kernel(config, options),
    },
  };
}
