import { stat } from "node:fs/promises";
import type { BoxConfig } from "../../config/box-config.js";
import type { BoxOptions } from "../../config/box-options.js";
import { BoxError, EXIT_BOX } from "../../config/errors.js";
import { mergeEnv, splitEnv } from "../../config/syntax/env.js";
import type { PortBinding } from "../../config/syntax/port.js";
import { parseNetwork } from "../../config/syntax/network.js";
import { parseTmpfs } from "../../config/syntax/tmpfs.js";
import { parseVolume } from "../../config/syntax/volume.js";
import { resolvConf } from "../../net/dns.js";
import type { Image } from "../../oci/image.js";
import type { Driver, SharedVolume } from "../driver.js";
import type { BoxRecord } from "./record.js";

const PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
const SIGTERM = 15;

/**
 * Argument vector of the workload, by Docker's rule: an entrypoint of the user's drops the image's CMD; a command of
 * the user's replaces it.
 * @throws BoxError no-command
 */
export function workloadArgv(config: BoxConfig, image: Image["config"]): string[] {
  const entrypoint = config.entrypointOverride ?? image.Entrypoint ?? [];
  const imageCmd = config.entrypointOverride === null ? (image.Cmd ?? []) : [];
  const argv = [...entrypoint, ...(config.cmd.length > 0 ? config.cmd : imageCmd)];
  if (argv.length === 0 || argv[0] === "") {
    throw new BoxError("no-command", `the image ${config.image} names no command`, {
      hint: `give one: box run ${config.image} COMMAND`,
      exitCode: EXIT_BOX,
    });
  }
  return argv;
}

/**
 * The volumes of a box, each with its name in the share. As Docker does for -v, a missing host folder is made.
 * @throws BoxError invalid-volume
 */
export async function resolveVolumes(
  volumes: string[],
  makeFolder: (path: string) => Promise<unknown>,
): Promise<(SharedVolume & { file: boolean })[]> {
  const parsed = volumes.map((volume) => parseVolume(volume, process.cwd()));
  const targets = new Set<string>();
  for (const { target } of parsed) {
    if (targets.has(target))
      throw new BoxError("duplicate-mount", `-v: two volumes are to be mounted at ${target}`);
    targets.add(target);
  }
  return Promise.all(
    parsed.map(async (volume, index) => {
      const found = await stat(volume.source).catch(async () => {
        try {
          await makeFolder(volume.source);
          return await stat(volume.source);
        } catch (error) {
          throw new BoxError("invalid-volume", `-v: the host path ${volume.source} cannot be used`, {
            cause: error,
          });
        }
      });
      if (!found.isDirectory() && !found.isFile()) {
        throw new BoxError("invalid-volume", `-v: ${volume.source} is neither a folder nor a file`);
      }
      return { ...volume, name: String(index), file: found.isFile() };
    }),
  );
}

function hostsFile(hostname: string): string {
  return [
    "127.0.0.1\tlocalhost",
    "::1\tlocalhost ip6-localhost ip6-loopback",
    `127.0.1.1\t${hostname}`,
    "",
  ].join("\n");
}

function signalNumber(text: string | null | undefined, numbers: Record<string, number>): number {
  const name = text?.toUpperCase() ?? "";
  return numbers[name] ?? numbers[`SIG${name}`] ?? (/^\d+$/.test(name) ? Number(name) : SIGTERM);
}

/** Everything a monitor needs to know of a box, from what the user asked for and what the image says. */
export async function resolveRecord(
  config: BoxConfig,
  image: Image,
  driver: Driver,
  volumes: (SharedVolume & { file: boolean })[],
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
    stopSignal: signalNumber(options.stopSignal ?? image.config.StopSignal, signals),
    process: {
      argv: workloadArgv(config, image.config),
      env,
      cwd: options.workdir ?? (image.config.WorkingDir || "/"),
      user: options.user ?? image.config.User ?? "",
      stdin: options.stdin,
    },
    guest: {
      hostname,
      hosts: hostsFile(hostname),
      resolvConf: network === "none" ? "" : await resolvConf(config.dns),
      tmpfs: config.tmpfs.map(parseTmpfs),
      volumes: volumes.map(({ name, target, readOnly, file }) => ({ name, path: target, readOnly, file })),
      network: driver.guestNetwork({ network }),
    },
  };
}

/** `BOX_BOOT_LIMIT` (seconds) overrides how long a boot may show no sign of life. */
function bootLimit(driver: Driver): number {
  const seconds = Number(process.env["BOX_BOOT_LIMIT"]);
  return seconds > 0 ? Math.ceil(seconds * 1000) : driver.bootLimitMs;
}
