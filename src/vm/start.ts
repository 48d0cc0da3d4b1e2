import { writeFile } from "node:fs/promises";
import type { Socket } from "node:net";
import type { BoxConfig } from "../config/box-config.js";
import type { BoxOptions } from "../config/box-options.js";
import { HOST_GATEWAY, parseAddHost } from "../config/syntax/add-host.js";
import { parseNetwork } from "../config/syntax/network.js";
import { loopbackResolver } from "../net/dns.js";
import { claimPorts } from "../net/ports.js";
import { askedPorts, checkAvailable, exposedPorts } from "../net/publish.js";
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
  chosen: Driver["name"] | undefined,
  getImage: () => Promise<Image>,
  warn: (line: string) => void,
): Promise<StartedBox> {
  const network = parseNetwork(config.network);
  const wanted = askedPorts(config.portMap, options.publishAll, network);
  const engine = await findEngine();
  const driver = await selectDriver(engine, chosen);
  resolveDevices(options.devices);
  const seccomp = await seccompFilter(engine, resolveSecurity(config).seccomp, resolveCapabilities(config));
  checkAvailable(driver.name, network, wanted);
  const asked = await claimPorts(wanted);
  const image = await getImage();
  const exposed = options.publishAll ? exposedPorts(Object.keys(image.config.ExposedPorts ?? {}), asked) : [];
  checkAvailable(driver.name, network, exposed);
  const ports = [...asked, ...(await claimPorts(exposed))];
  const resolver = network.mode === "none" ? undefined : await loopbackResolver(config.dns);
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
      network: network.mode,
      ports,
      allowHost: options.addHost.some((text) => parseAddHost(text).address === HOST_GATEWAY),
      ...(resolver === undefined ? {} : { resolver }),
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
