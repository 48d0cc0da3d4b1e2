import type { BoxConfig } from "../../config/box-config.js";
import type { BoxOptions } from "../../config/box-options.js";
import { checkCanMakeIn } from "../../host/files.js";
import { checkRuntimeFolder } from "../../host/runtime-folder.js";
import { parseNetwork } from "../../config/syntax/network.js";
import type { PortBinding } from "../../config/syntax/port.js";
import { hostGateway } from "../../net/guest-network.js";
import { claimPorts } from "../../net/ports.js";
import { askedPorts, checkAvailable } from "../../net/publish.js";
import type { Image } from "../../oci/image.js";
import type { PendingImage } from "../../oci/pull/pending-disk.js";
import { checkNameFree } from "../../vm/box/create.js";
import { boxesFolder, namesFolder } from "../../vm/box/files.js";
import { resolveCapabilities } from "../../vm/box/resolve/capabilities.js";
import { hostsFile } from "../../vm/box/resolve/hosts.js";
import { resolveDevices } from "../../vm/box/resolve/kernel.js";
import { resolveSecurity } from "../../vm/box/resolve/security.js";
import { checkVolumes } from "../../vm/box/resolve/volumes.js";
import type { Driver } from "../../vm/drivers/driver.js";
import { findRuntimeFiles, type RuntimeFiles } from "../../vm/runtime-files.js";
import { checkNetworkPlace } from "../../vm/join.js";
import { checkHostLimits } from "../../vm/limits/host.js";
import { seccompFilter, type SeccompFilter } from "../../vm/seccomp/filter.js";
import { selectDriver } from "../../vm/drivers/select.js";
import type { Home } from "../../host/home.js";

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
  runtimeFiles: RuntimeFiles;
  driver: Driver;
  seccomp: SeccompFilter;
  asked: PortBinding[];
  claimed: PortBinding[];
}

/** Ports are held by the box that runs, not by one that is only made. */
export const claim = async (run: boolean, ports: PortBinding[]) => (run ? claimPorts(ports) : []);

/** The folders that a box needs a place in. */
async function checkFolders(home: Home): Promise<void> {
  await Promise.all([
    checkCanMakeIn(boxesFolder(home)),
    checkCanMakeIn(namesFolder(home)),
    checkRuntimeFolder(home),
  ]);
}

/**
 * Checks everything that can be checked without the image, so that a mistyped flag does not cost a download, and makes
 * nothing: a dry run is this and nothing else. What the host has now may be gone when the box is made, so that looks
 * again.
 * @param run the box is to run at once
 * @throws BoxError
 */
export async function checkOrder<T extends Omit<Order, "getImage">>(
  home: Home,
  order: T,
  run: boolean,
): Promise<T & Checked> {
  const { config, options, identity } = order;
  const network = parseNetwork(config.network);
  const asked = askedPorts(config.portMap, options.publishAll, network);
  resolveDevices(options.devices);
  hostsFile("", options.addHost, () => hostGateway(network.mode));
  await Promise.all([checkNameFree(home, identity.name), checkHostLimits(config), checkFolders(home)]);
  checkNetworkPlace(home, network.name);
  await checkVolumes(home, config);
  const claimed = await claim(run, asked);
  const runtimeFiles = await findRuntimeFiles(home);
  const driver = await selectDriver(runtimeFiles, order.chosen);
  const seccomp = await seccompFilter(
    runtimeFiles,
    resolveSecurity(config).seccomp,
    resolveCapabilities(config),
  );
  checkAvailable(driver.name, network, asked);
  return { ...order, run, runtimeFiles, driver, seccomp, asked, claimed };
}
