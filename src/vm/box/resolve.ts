import { WORKSPACE } from "../../config/box-config.js";
import type { BoxSpec } from "../../config/spec.js";
import type { ParsedBox } from "../../config/parse-box.js";
import { mergeEnv, splitEnv } from "../../config/syntax/env.js";
import type { NetworkMode } from "../../config/syntax/network.js";
import type { PortBinding } from "../../config/syntax/port.js";
import { parseSignal } from "../../config/syntax/signal.js";
import { tmpfsOptions, type Tmpfs } from "../../config/syntax/tmpfs.js";
import { resolvConf } from "../../net/dns.js";
import { addressOf, hostGateway } from "../../net/guest-network.js";
import type { Image } from "../../oci/image.js";
import type { Driver } from "../drivers/driver.js";
import { outsideMode } from "../network/mode.js";
import { SIGTERM } from "../../host/signals.js";
import { RECORD_VERSION, type BoxRecord } from "./record.js";
import { isInit, workloadArgv } from "./resolve/argv.js";
import { bootLimitMs } from "./resolve/boot-limit.js";
import { capabilityMask, resolveCapabilities } from "./resolve/capabilities.js";
import { resolveHealth } from "./resolve/health.js";
import { hostsFile } from "./resolve/hosts.js";
import { resolveDevices, sysctlPath } from "./resolve/kernel.js";
import { resolveCpuLimit, resolveLimits, resolvePidsLimit } from "./resolve/limits.js";
import { DEFAULT_PATH } from "./resolve/search-path.js";
import { resolveSecurity } from "./resolve/security.js";
import { proxyVariables, sidecarVariables } from "./resolve/sidecar.js";
import { HALT, isSystemd, systemdTmpfs } from "./resolve/systemd.js";
import { guestVolumes, sourcesOf, type BoxVolume } from "./resolve/volumes.js";
import type { Home } from "../../host/home.js";

/** Ignores an invalid stop signal in an image, as Docker does. */
function stopSignal(asked: number | null, image: string | undefined, argv: string[]): number {
  if (asked !== null) return asked;
  const usual = isSystemd(argv) ? HALT : SIGTERM;
  try {
    return image ? parseSignal(image) : usual;
  } catch {
    return usual;
  }
}

/** Privileges and limits of the box's programs. */
function rights(spec: BoxSpec) {
  return {
    groups: spec.record.groupAdd,
    limits: resolveLimits(spec.resourceLimits.ulimits),
    capabilities: capabilityMask(resolveCapabilities(spec)),
    noNewPrivileges: resolveSecurity(spec).noNewPrivileges,
    ...(spec.record.oomScoreAdj === 0 ? {} : { oomScoreAdj: spec.record.oomScoreAdj }),
  };
}

/** Kernel settings and devices of the box. */
function kernel(spec: BoxSpec) {
  const { shmBytes, sysctls, devices, domainname, cpus } = spec.record;
  const domain = domainname === null ? [] : [{ path: "kernel/domainname", value: domainname }];
  return {
    readOnlyRoot: spec.readOnly,
    shmBytes,
    sysctls: [...domain, ...sysctls.map(([key, value]) => ({ path: sysctlPath(key), value }))],
    pidsLimit: resolvePidsLimit(spec.resourceLimits.pidsLimit),
    cpuLimit: resolveCpuLimit(cpus, spec.resources.vcpus),
    openPaths: resolveSecurity(spec).openPaths,
    privileged: spec.privileged,
    devices: resolveDevices(devices),
  };
}

function guestTmpfs(mount: Tmpfs): BoxRecord["guest"]["tmpfs"][number] {
  return { path: mount.target, options: tmpfsOptions(mount) };
}

/** A box can be created before its networks; they are looked at again when it starts. */
async function modeOfNew(home: Home, spec: BoxSpec): Promise<NetworkMode> {
  return outsideMode(home, spec).catch(() => spec.network.mode);
}

/** Builds a box's record, which has everything that a monitor needs, from the user's request and the image. */
export async function resolveRecord(
  home: Home,
  box: ParsedBox & { identity: { id: string; name: string } },
  image: Image,
  driver: Driver,
  volumes: BoxVolume[],
  ports: PortBinding[],
  seccomp: BoxRecord["seccomp"],
): Promise<Omit<BoxRecord, "wantedPorts">> {
  const { spec, config, options, identity } = box;
  const { id, name } = identity;
  const { record: asked } = spec;
  const argv = workloadArgv(spec, image.config);
  const hostname = asked.hostname ?? id.slice(0, 12);
  const network = await modeOfNew(home, spec);
  const guestNetwork = driver.guestNetwork({ network });
  const env = mergeEnv(
    [
      ["PATH", DEFAULT_PATH],
      ["HOSTNAME", hostname],
    ],
    splitEnv(image.config.Env ?? []),
    sidecarVariables(spec),
    proxyVariables(spec),
    spec.extraEnv,
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
    image: {
      reference: image.reference,
      digest: image.digest,
      id: image.id,
      disk: image.disk,
      platform: image.platform,
      config: image.config,
    },
    ports,
    namedVolumes: volumes.flatMap(({ named }) => named ?? []),
    sources: sourcesOf(volumes),
    ...(box.inherited === undefined ? {} : { inherited: box.inherited }),
    stopSignal: stopSignal(asked.stopSignal, image.config.StopSignal, argv),
    health: resolveHealth(asked.health, image.config.Healthcheck),
    seccomp,
    process: {
      argv,
      env,
      cwd: asked.workdir ?? (image.config.WorkingDir || (spec.workspace === "" ? "/" : WORKSPACE)),
      user: asked.user ?? image.config.User ?? "",
      stdin: asked.stdin,
      tty: asked.tty,
      first: isInit(argv) && !asked.init,
      ...rights(spec),
    },
    guest: {
      hostname,
      hosts: hostsFile(
        asked.domainname === null ? hostname : `${hostname}.${asked.domainname}`,
        asked.addHost,
        () => hostGateway(network),
        addressOf(guestNetwork),
      ),
      resolvConf: network === "none" ? "" : await resolvConf(spec.dns),
      tmpfs: [
        ...spec.mounts.filter((mount) => mount.kind === "tmpfs").map(guestTmpfs),
        ...systemdTmpfs(
          argv,
          spec.mounts.map(({ target }) => target),
        ),
      ],
      volumes: guestVolumes(volumes),
      network: guestNetwork,
      ...kernel(spec),
    },
  };
}
