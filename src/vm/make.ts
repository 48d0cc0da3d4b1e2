import { writeFile } from "node:fs/promises";
import type { BoxConfig } from "../config/box-config.js";
import type { BoxOptions } from "../config/box-options.js";
import { parseNetwork } from "../config/syntax/network.js";
import type { PortBinding } from "../config/syntax/port.js";
import { claimPorts } from "../net/ports.js";
import { askedPorts, checkAvailable, exposedPorts } from "../net/publish.js";
import { checkRunConfig } from "../oci/check-run-config.js";
import type { Image } from "../oci/image.js";
import type { PendingImage } from "../oci/pull/pending-disk.js";
import { thisProcess } from "../oci/store/owner.js";
import { createBox } from "./box/create.js";
import { boxFiles } from "./box/files.js";
import { removeBox } from "./box/remove.js";
import { resolveRecord } from "./box/resolve.js";
import { resolveCapabilities } from "./box/resolve/capabilities.js";
import { resolveDevices } from "./box/resolve/kernel.js";
import { resolveSecurity } from "./box/resolve/security.js";
import { resolveVolumes } from "./box/resolve/volumes.js";
import type { Driver } from "./driver.js";
import { findEngine, type Engine } from "./engine.js";
import type { Launch } from "./launch.js";
import { seccompFilter, type SeccompFilter } from "./seccomp/filter.js";
import { selectDriver } from "./select-driver.js";
import { createUpper } from "./upper.js";
import { removeAnonymous } from "./volume/anonymous.js";

/** What a command line asks for. */
export interface Order {
  config: BoxConfig;
  options: BoxOptions;
  identity: { id: string; name: string };
  chosen: Driver["name"] | undefined;
  /** Finds the image, pulls it if need be. @param onPending hears of it when layers of it are about to come */
  getImage: (onPending?: (pending: PendingImage) => void) => Promise<Image>;
}

/** An order of which all that can be known without the image has been checked. */
export type CheckedOrder = Order & Checked;

interface Checked {
  /** It is to be launched at once, by this process: its ports are claimed and its writable layer is made. */
  run: boolean;
  engine: Engine;
  driver: Driver;
  seccomp: SeccompFilter;
  asked: PortBinding[];
  claimed: PortBinding[];
}

const claim = async (run: boolean, ports: PortBinding[]) => (run ? claimPorts(ports) : []);

/**
 * Checks everything that can be checked without the image, so that a mistyped flag does not cost a download.
 * @throws BoxError
 */
export async function checkOrder<T extends Pick<Order, "config" | "options" | "chosen">>(
  order: T,
  run: boolean,
): Promise<T & Checked> {
  const { config, options } = order;
  const network = parseNetwork(config.network);
  const asked = askedPorts(config.portMap, options.publishAll, network);
  const engine = await findEngine();
  const driver = await selectDriver(engine, order.chosen);
  resolveDevices(options.devices);
  const seccomp = await seccompFilter(engine, resolveSecurity(config).seccomp, resolveCapabilities(config));
  checkAvailable(driver.name, network, asked);
  return { ...order, run, engine, driver, seccomp, asked, claimed: await claim(run, asked) };
}

/**
 * Makes a box.
 * @param image its layers may still be on their way
 * @throws BoxError; nothing of the box is left then.
 */
export async function makeBox(order: CheckedOrder, image: Image): Promise<Launch> {
  const { config, options, identity, run, engine, driver, seccomp, asked, claimed } = order;
  // It may have been pulled by a version of box that took anything.
  checkRunConfig(image.config, image.reference);
  const exposed = options.publishAll ? exposedPorts(Object.keys(image.config.ExposedPorts ?? {}), asked) : [];
  checkAvailable(driver.name, parseNetwork(config.network), exposed);
  const ports = [...claimed, ...(await claim(run, exposed))];
  const volumes = await resolveVolumes(config);
  try {
    const record = {
      ...(await resolveRecord(config, image, driver, volumes, ports, options, identity, seccomp.kind)),
      wantedPorts: [...asked, ...exposed],
      ...(run ? { runBy: thisProcess() } : {}),
    };
    const folder = await createBox(record, async (path) => {
      const files = boxFiles(path);
      if (seccomp.kind === "own") await writeFile(files.seccomp, seccomp.filter, { mode: 0o600 });
      if (run) await createUpper(files.upper, config.resources.diskMb, keepOf(config));
    });
    return { folder, record, engine, driver, volumes };
  } catch (error) {
    await removeAnonymous({ namedVolumes: volumes.flatMap(({ named }) => named ?? []) });
    throw error;
  }
}

/** Removes a box that has not come to run. */
export async function discardBox({ folder, record }: Launch): Promise<void> {
  await removeBox(folder, record.name);
  await removeAnonymous(record);
}

/** What becomes of the writable layer when the box ends. */
export function keepOf({ persistent }: Pick<BoxConfig, "persistent">): "scratch" | "persistent" {
  return persistent ? "persistent" : "scratch";
}
