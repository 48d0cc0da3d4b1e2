import { writeFile } from "node:fs/promises";
import type { Socket } from "node:net";
import type { BoxConfig } from "../config/box-config.js";
import type { BoxOptions } from "../config/box-options.js";
import { BoxError } from "../config/errors.js";
import { parseNetwork } from "../config/syntax/network.js";
import { parsePort, type PortBinding } from "../config/syntax/port.js";
import { claimPorts } from "../net/ports.js";
import type { Image } from "../oci/image.js";
import { createBox } from "./box/create.js";
import { boxFiles } from "./box/files.js";
import { removeBox } from "./box/remove.js";
import { resolveRecord } from "./box/resolve.js";
import { resolveCapabilities } from "./box/resolve/capabilities.js";
import { resolveDevices } from "./box/resolve/kernel.js";
import { resolveSecurity } from "./box/resolve/security.js";
import { resolveVolumes } from "./box/resolve/volumes.js";
import type { Driver } from "./driver.js";
import { findEngine } from "./engine.js";
import { launchBox } from "./launch.js";
import { seccompFilter } from "./seccomp/filter.js";
import { selectDriver } from "./select-driver.js";
import { createUpper } from "./upper.js";
import { removeAnonymous } from "./volume/anonymous.js";

/** @throws BoxError invalid-port, port-conflict */
function resolvePorts(config: BoxConfig): PortBinding[] {
  const ports = config.portMap.flatMap(parsePort);
  const seen = new Set<string>();
  for (const { address, hostPort, protocol } of ports) {
    if (protocol === "udp") {
      throw new BoxError("invalid-port", "-p: UDP ports cannot be published yet", { hint: "TCP ports can" });
    }
    const key = `${address}:${hostPort}`;
    if (hostPort !== 0 && seen.has(key)) {
      throw new BoxError("port-conflict", `-p: host port ${hostPort} is asked for twice`);
    }
    seen.add(key);
  }
  if (ports.length > 0 && parseNetwork(config.network).mode === "none") {
    throw new BoxError("port-conflict", "-p cannot be used with --network none: nothing reaches such a box");
  }
  return ports;
}

export interface StartedBox {
  folder: string;
  /** The conversation with its monitor. */
  socket: Socket;
}

/**
 * Creates a box and starts it: checks everything that can be checked without the image first, so that a mistyped
 * flag does not cost a download.
 * @param getImage finds the image, pulls it if need be.
 * @param warn hears of what was asked for and does not hold on this host.
 * @throws BoxError; nothing of the box is left then.
 */
export async function runBox(
  config: BoxConfig,
  options: BoxOptions,
  identity: { id: string; name: string },
  asked: Driver["name"] | undefined,
  getImage: () => Promise<Image>,
  warn: (line: string) => void,
): Promise<StartedBox> {
  const wanted = resolvePorts(config);
  const engine = await findEngine();
  const driver = await selectDriver(engine, asked);
  resolveDevices(options.devices);
  const seccomp = await seccompFilter(engine, resolveSecurity(config).seccomp, resolveCapabilities(config));
  const ports = await claimPorts(wanted);
  const image = await getImage();
  const volumes = await resolveVolumes(config);
  let folder: string | undefined;
  try {
    const record = await resolveRecord(
      config,
      image,
      driver,
      volumes,
      ports,
      options,
      identity,
      seccomp.kind,
    );
    folder = await createBox(record, async (path) => {
      const files = boxFiles(path);
      await createUpper(files.upper, config.resources.diskMb);
      if (seccomp.kind === "own") await writeFile(files.seccomp, seccomp.filter, { mode: 0o600 });
    });
    const spec = {
      engine,
      ...config.resources,
      imageDisk: image.disk,
      upperDisk: boxFiles(folder).upper,
      volumes,
      network: parseNetwork(config.network).mode,
      ports,
      logLevel: config.logLevel,
    };
    const socket = await launchBox(folder, record.id, driver, spec, config, warn);
    return { folder, socket };
  } catch (error) {
    if (folder !== undefined) await removeBox(folder, identity.name);
    await removeAnonymous({ namedVolumes: volumes.flatMap(({ named }) => named ?? []) });
    throw error;
  }
}
