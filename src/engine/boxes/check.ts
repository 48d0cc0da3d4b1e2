import { BoxError } from "../../errors.js";
import { checkCanMakeIn } from "../../host/files.js";
import { checkRuntimeFolder } from "../../host/runtime-folder.js";
import { checkTogether } from "../../config/spec/together.js";
import { parseBox } from "../../config/parse-box.js";
import { formatPlatform } from "../../config/syntax/platform.js";
import type { PortBinding } from "../../config/syntax/port.js";
import { hostGateway } from "../../net/guest-network.js";
import { allocatePorts } from "../../net/ports.js";
import { requestedPorts, checkAvailable } from "../../net/publish.js";
import { checkVerify } from "../../oci/find-verifier.js";
import { storeOf } from "../../oci/store/store.js";
import { checkNameFree, newBoxId } from "../../vm/box/create.js";
import { checkName, withoutSlash } from "../../vm/box/name.js";
import { randomName } from "../../vm/box/random-name.js";
import { boxesFolder, namesFolder } from "../../vm/box/files.js";
import { resolveCapabilities } from "../../vm/box/resolve/capabilities.js";
import { hostsFile } from "../../vm/box/resolve/hosts.js";
import { resolveDevices } from "../../vm/box/resolve/kernel.js";
import { resolveSecurity } from "../../vm/box/resolve/security.js";
import { checkVolumes } from "../../vm/box/resolve/volumes.js";
import type { Driver } from "../../vm/drivers/driver.js";
import { findInterpreter } from "../../vm/interpreter/find.js";
import { findRuntimeFiles, type RuntimeFiles } from "../../vm/runtime-files.js";
import { checkNetworkPlace } from "../../vm/join.js";
import { checkMemberships } from "../../vm/memberships.js";
import { checkHostLimits } from "../../vm/limits/host.js";
import { outsideMode } from "../../vm/network/mode.js";
import { seccompFilter, type SeccompFilter } from "../../vm/seccomp/filter.js";
import { volumesOf, withInherited } from "../../config/spec/mounts.js";
import { formatMountSpec } from "../../config/syntax/mount.js";
import { requireParts } from "../../vm/require-parts.js";
import { selectDriver } from "../../vm/drivers/select.js";
import type { Home } from "../../host/home.js";
import type { Context } from "../context.js";
import { checkFeatures, checkProxy } from "./available.js";
import { withNetworkNames } from "./network-names.js";
import type { CreateRequest, ParsedRequest } from "./request.js";

/** A request that has been checked as far as possible without the image. */
export interface CheckedRequest extends ParsedRequest {
  identity: { id: string; name: string };
  /** Whether this process launches the box at once; if so, ports are allocated and the writable layer is created. */
  run: boolean;
  runtimeFiles: RuntimeFiles;
  driver: Driver;
  seccomp: SeccompFilter;
  requested: PortBinding[];
  allocated: PortBinding[];
}

/** Parses the configuration, unless the door has done so. @throws BoxError as `parseBox` */
export function parseRequest(request: CreateRequest): ParsedRequest {
  return request.spec === undefined ? { ...request, ...parseBox(request) } : request;
}

/** Looks up the boxes whose volumes a new one gets. @throws BoxError no-such-box, ambiguous-id */
async function withVolumesFrom(home: Home, request: ParsedRequest): Promise<ParsedRequest> {
  const { spec } = request;
  if (spec.record.volumesFrom.length === 0) return request;
  const { inheritedVolumes } = await import("./volumes-from.js");
  const volumes = await inheritedVolumes(home, spec.record.volumesFrom);
  const mounts = withInherited(spec.mounts, volumes);
  return { ...request, spec: { ...spec, mounts }, inherited: volumes.map(formatMountSpec) };
}

/**
 * Allocates ports only for a box that runs at once; a created box occupies none. As in Docker, a box that is on internal
 * networks only publishes none either.
 */
export async function allocateForRun(
  home: Home,
  { run, spec }: Pick<CheckedRequest, "run" | "spec">,
  ports: PortBinding[],
): Promise<PortBinding[]> {
  if (!run || ports.length === 0 || (await outsideMode(home, spec)) === "none") return [];
  return allocatePorts(ports);
}

/** Checks that box can write to the directories in which it creates files for a box. */
async function checkFolders(home: Home): Promise<void> {
  await Promise.all([
    checkCanMakeIn(boxesFolder(home)),
    checkCanMakeIn(namesFolder(home)),
    checkRuntimeFolder(home),
  ]);
}

/** @throws BoxError no-such-pool */
async function checkPoolOf(home: Home, name: string): Promise<void> {
  const { checkPool } = await import("../pools/find.js");
  await checkPool(home, name);
}

/**
 * Checks everything that can be checked without the image, so that a mistyped flag does not cost a download; creates
 * nothing. The host may have changed by the time the box is created, so makeBox checks again.
 * @param run whether the box is to run at once
 * @throws BoxError
 */
export async function checkRequest(
  { home }: Pick<Context, "home">,
  given: CreateRequest,
  run: boolean,
): Promise<CheckedRequest> {
  const request = await withNetworkNames(home, await withVolumesFrom(home, parseRequest(given)));
  const { spec } = request;
  const name = withoutSlash(request.name ?? randomName());
  const { network, record } = spec;
  checkName(name);
  checkFeatures(spec);
  checkTogether(spec);
  // A box that is created to start later boots a VM of its own.
  if (run && spec.pool.enabled) await checkPoolOf(home, spec.pool.name);
  const requested = requestedPorts(spec.portMap, record.publishAll, network);
  resolveDevices(record.devices);
  hostsFile("", record.addHost, () => hostGateway(network.mode), "");
  await Promise.all([checkNameFree(home, name), checkHostLimits(spec), checkFolders(home)]);
  checkNetworkPlace(home, network.name);
  // As with Docker, a box can be created before its networks.
  if (run) await checkMemberships(home, spec);
  await checkVolumes(home, spec);
  const allocated = await allocateForRun(home, { run, spec }, requested);
  const runtimeFiles = await findRuntimeFiles(home);
  const driver = await selectDriver(runtimeFiles, request.vmm);
  if (request.platform) findInterpreter(runtimeFiles, formatPlatform(request.platform));
  await requireParts(runtimeFiles, driver, { network, volumes: volumesOf(spec).length > 0 });
  const seccomp = await seccompFilter(runtimeFiles, resolveSecurity(spec).seccomp, resolveCapabilities(spec));
  checkAvailable(driver.name, network, requested);
  checkProxy(spec, driver);
  const identity = { id: newBoxId(), name };
  return { ...request, identity, run, runtimeFiles, driver, seccomp, requested, allocated };
}

/**
 * Checks a request as `create` and `run` do before they look for the image; creates nothing. Does not refuse a request
 * because no box can run on this host.
 * @param run whether it is for `run`
 * @throws BoxError
 */
export async function check(context: Context, given: CreateRequest, run: boolean): Promise<void> {
  const request = parseRequest(given);
  await checkVerify(storeOf(context.home), request.config.image, request.verify);
  try {
    await checkRequest(context, request, run);
  } catch (error) {
    if (!(error instanceof BoxError) || error.code !== "engine-missing") throw error;
  }
}
