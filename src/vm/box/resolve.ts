import type { BoxConfig } from "../../config/box-config.js";
import type { BoxOptions } from "../../config/box-options.js";
import { mergeEnv, splitEnv } from "../../config/syntax/env.js";
import type { PortBinding } from "../../config/syntax/port.js";
import { parseNetwork } from "../../config/syntax/network.js";
import { parseTmpfs } from "../../config/syntax/tmpfs.js";
import { resolvConf } from "../../net/dns.js";
import type { Image } from "../../oci/image.js";
import type { Driver } from "../driver.js";
import type { BoxRecord } from "./record.js";
import { workloadArgv } from "./resolve/argv.js";
import { hostsFile } from "./resolve/hosts.js";
import { WORKSPACE, type BoxVolume } from "./resolve/volumes.js";

const PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
const SIGTERM = 15;

function signalNumber(text: string | null | undefined, numbers: Record<string, number>): number {
  const name = text?.toUpperCase() ?? "";
  return numbers[name] ?? numbers[`SIG${name}`] ?? (/^\d+$/.test(name) ? Number(name) : SIGTERM);
}

/** Everything a monitor needs to know of a box, from what the user asked for and what the image says. */
export async function resolveRecord(
  config: BoxConfig,
  image: Image,
  driver: Driver,
  volumes: BoxVolume[],
  ports: PortBinding[],
  options: BoxOptions,
  { id, name }: { id: string; name: string },
  signals: Record<string, number>,
): Promise<BoxRecord> {
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
    version: 1,
    id,
    name,
    createdAt: new Date().toISOString(),
    driver: driver.name,
    bootLimitMs: bootLimit(driver),
    config,
    options,
    image: { reference: image.reference, digest: image.digest, id: image.id, disk: image.disk },
    ports,
    namedVolumes: volumes.flatMap(({ named }) => named ?? []),
    stopSignal: signalNumber(options.stopSignal ?? image.config.StopSignal, signals),
    process: {
      argv: workloadArgv(config, image.config),
      env,
      cwd: options.workdir ?? (image.config.WorkingDir || (config.workspace === "" ? "/" : WORKSPACE)),
      user: options.user ?? image.config.User ?? "",
      stdin: options.stdin,
    },
    guest: {
      hostname,
      hosts: hostsFile(hostname),
      resolvConf: network === "none" ? "" : await resolvConf(config.dns),
      tmpfs: config.tmpfs.map(parseTmpfs),
      volumes: volumes.map(({ name, target, readOnly, file, populate }) => ({
        name,
        path: target,
        readOnly,
        file,
        populate,
      })),
      network: driver.guestNetwork({ network }),
    },
  };
}

/** `BOX_BOOT_LIMIT` (seconds) overrides how long a boot may show no sign of life. */
function bootLimit(driver: Driver): number {
  const seconds = Number(process.env["BOX_BOOT_LIMIT"]);
  return seconds > 0 ? Math.ceil(seconds * 1000) : driver.bootLimitMs;
}
