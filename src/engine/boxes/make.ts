import { writeFile } from "node:fs/promises";
import { checkAvailable, exposedPorts } from "../../net/publish.js";
import { checkRunConfig } from "../../oci/check-run-config.js";
import type { Image } from "../../oci/image.js";
import { thisProcess } from "../../host/owner.js";
import { withInterpreter } from "../../vm/interpreter/runtime-files.js";
import { createBox } from "../../vm/box/create.js";
import { boxFiles } from "../../vm/box/files.js";
import { removeBox } from "../../vm/box/remove.js";
import { resolveRecord } from "../../vm/box/resolve.js";
import { resolveSidecar } from "../../vm/box/resolve/sidecar.js";
import { resolveVolumes } from "../../vm/box/resolve/volumes.js";
import { allocateForRun, type CheckedRequest } from "./check.js";
import type { Launch } from "../../vm/launch.js";
import { removeAnonymous } from "../../vm/volume/anonymous.js";
import type { Home } from "../../host/home.js";

export interface MakeOptions {
  /** The sidecar's image. */
  sidecar?: Image | undefined;
  signal?: AbortSignal | undefined;
  /** A VM of a pool has been claimed for the box. */
  hasVm?: boolean;
}

/**
 * Creates a box.
 * @param image may still lack layers, unless there is a sidecar
 * @throws BoxError, the signal's reason; no part of the box is left behind
 */
export async function makeBox(
  home: Home,
  request: CheckedRequest,
  image: Image,
  { sidecar, signal, hasVm = false }: MakeOptions = {},
): Promise<Launch> {
  const { spec, run, driver, seccomp, requested, allocated } = request;
  // The image may have been pulled by a version of box that did not check its configuration.
  checkRunConfig(image.config, image.reference);
  if (sidecar) checkRunConfig(sidecar.config, sidecar.reference);
  const runtimeFiles = await withInterpreter(home, request.runtimeFiles, image.platform);
  const exposed = spec.record.publishAll
    ? exposedPorts([...Object.keys(image.config.ExposedPorts ?? {}), ...spec.record.expose], requested)
    : [];
  checkAvailable(driver.name, spec.network, exposed);
  const ports = [...allocated, ...(await allocateForRun(home, request, exposed))];
  const volumes = await resolveVolumes(home, spec);
  try {
    const resolved = await resolveRecord(home, request, image, driver, volumes, ports, seccomp.kind);
    const record = {
      ...resolved,
      ...(sidecar
        ? { sidecar: await resolveSidecar(spec, home.env, resolved.guest.hostname, image, sidecar) }
        : {}),
      wantedPorts: [...requested, ...exposed],
      ...(run ? { runBy: thisProcess() } : {}),
    };
    const fill = async (path: string) => {
      const files = boxFiles(path);
      if (seccomp.kind === "own") await writeFile(files.seccomp, seccomp.filter, { mode: 0o600 });
      signal?.throwIfAborted();
    };
    const folder = await createBox(home, record, fill, hasVm);
    const newLayer = { path: boxFiles(folder).writableLayer, signal };
    return { folder, record, runtimeFiles, driver, volumes, ...(run && !hasVm ? { newLayer } : {}) };
  } catch (error) {
    await removeAnonymous(home, { namedVolumes: volumes.flatMap(({ named }) => named ?? []) });
    throw error;
  }
}

/** Removes a box that could not be launched. */
export async function discardBox(home: Home, { folder, record }: Launch): Promise<void> {
  await removeBox(home, folder, record.name);
  await removeAnonymous(home, record);
}
