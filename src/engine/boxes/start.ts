import { rm, writeFile } from "node:fs/promises";
import { setTimeout } from "node:timers/promises";
import { specOf } from "../../config/parse-box.js";
import { isNamed } from "../../host/read.js";
import { resolvConf } from "../../net/dns.js";
import { allocatePorts } from "../../net/ports.js";
import { waitForMonitor, waitForOfflineSession, tryConnect } from "../../vm/box/connect.js";
import { boxFiles } from "../../vm/box/files.js";
import { isAboutToRun } from "../../vm/box/find.js";
import { stagedFiles, sweepStagedFiles } from "../../vm/box/staged-files.js";
import { readRecord, type BoxRecord } from "../../vm/box/record.js";
import { lockRecord } from "../../vm/box/record-lock.js";
import { guestVolumes, resolveVolumes, sourcesOf } from "../../vm/box/resolve/volumes.js";
import { findRuntimeFiles } from "../../vm/runtime-files.js";
import { withInterpreter } from "../../vm/interpreter/runtime-files.js";
import { launchBox } from "../../vm/launch.js";
import { requireImage } from "../../vm/require-image.js";
import { outsideMode } from "../../vm/network/mode.js";
import { requireParts } from "../../vm/require-parts.js";
import { selectDriver } from "../../vm/drivers/select.js";
import type { Home } from "../../host/home.js";
import type { Box, BoxRef, Context, Conversation } from "../context.js";
import { awaitStart } from "./await-start.js";
import { attachOf, joinWorkload, type AttachOptions } from "./join.js";
import { refusePaused } from "./paused.js";
import { resolveBox } from "./resolve.js";
import type { Session } from "./session.js";
import type { Attach } from "../../vm/protocol/control/client.js";

export interface StartOptions {
  /** Aborts; a box that has already been launched continues to start. */
  signal?: AbortSignal | undefined;
}

/** Resolves again what depends on the host: ports, volumes, DNS resolvers, network. */
async function renew(home: Home, record: BoxRecord) {
  const spec = specOf(record);
  const runtimeFiles = await withInterpreter(home, await findRuntimeFiles(home), record.image.platform);
  const driver = await selectDriver(runtimeFiles, record.driver);
  const network = await outsideMode(home, spec);
  await requireParts(runtimeFiles, driver, {
    network: { mode: network },
    volumes: record.guest.volumes.length > 0,
  });
  const [ports, volumes, resolvers] = await Promise.all([
    // A box that has been disconnected from its networks, or is on internal ones, publishes nothing.
    network === "none" ? [] : allocatePorts(record.wantedPorts),
    resolveVolumes(home, spec, record),
    network === "none" ? "" : resolvConf(spec.dns),
  ]);
  const guest = {
    ...record.guest,
    resolvConf: resolvers,
    volumes: guestVolumes(volumes),
    network: driver.guestNetwork({ network }),
  };
  return { runtimeFiles, driver, volumes, record: { ...record, ports, guest, sources: sourcesOf(volumes) } };
}

/**
 * Starts a box that is not running. Unless the box is persistent, it gets a new writable layer, which contains the
 * files copied into the box before its first start. The new files replace the old ones only once the box's lock is held,
 * so if two processes start the box at the same time, one fails and changes nothing.
 * @param signal aborts, unless the box has already been launched
 * @returns the control stream to its monitor
 * @throws BoxError; the box is unchanged
 */
export async function launchAgain(
  { home, warn }: Context,
  box: Box,
  signal?: AbortSignal,
  attach?: Attach,
): Promise<Conversation> {
  const { folder } = box;
  signal?.throwIfAborted();
  await requireImage(box.record);
  await waitForOfflineSession(home, box, signal);
  // Held until the new record is in place: a concurrent change to the record would be lost.
  const release = await lockRecord(home, box.record.id, signal);
  const onMoved = () => void release();
  const files = boxFiles(folder);
  const staged = stagedFiles(folder);
  try {
    const record = (await readRecord(folder)) ?? box.record;
    const renewed = await renew(home, record);
    const fresh = !record.config.persistent || !(await isNamed(files.writableLayer));
    // Wait for all of them: files that one creates after another has failed would be left behind.
    const prepared = await Promise.allSettled([
      sweepStagedFiles(folder),
      writeFile(staged.record, JSON.stringify(renewed.record), { mode: 0o600, flush: true }),
    ]);
    for (const each of prepared) if (each.status === "rejected") throw each.reason;
    signal?.throwIfAborted();
    const moves: [string, string][] = [[staged.record, files.record]];
    if (fresh) moves.push([staged.writableLayer, files.writableLayer]);
    const newLayer = { path: staged.writableLayer, seed: files.seed, signal };
    return await launchBox(
      home,
      { folder, ...renewed, ...(fresh ? { newLayer } : {}), moves, attach, onMoved },
      warn,
    );
  } catch (error) {
    await release();
    await Promise.all(Object.values(staged).map((path) => rm(path, { force: true })));
    throw error;
  }
}

/** Starts a box, and waits until its program is running. @throws BoxError as `start` */
export async function startAndWait(context: Context, box: Box, signal?: AbortSignal): Promise<void> {
  await awaitStart(context, await launchAgain(context, box, signal), signal);
}

/** How often to check a box that another command is about to launch, and for how long at most, in milliseconds. */
const CHECK_INTERVAL_MS = 50;
const MOST_LAUNCH_MS = 60_000;

/** Waits until the `run` that created a box has launched it, or has ended without doing so. */
async function awaitLaunch(context: Context, box: Box, signal?: AbortSignal): Promise<Box> {
  const isNew = Date.now() - Date.parse(box.record.createdAt) < MOST_LAUNCH_MS;
  if (!isNew || !(await isAboutToRun(box))) return box;
  await setTimeout(CHECK_INTERVAL_MS, undefined, signal ? { signal } : {});
  return awaitLaunch(context, await resolveBox(context, box.record.id), signal);
}

const CANNOT_START = "cannot start a paused container, try unpause instead";

/**
 * Starts a box, and waits until its program is running. Does nothing if the box is already running or about to run.
 * @throws BoxError no-such-box, ambiguous-id, paused, image-gone, and any error that prevents the start
 */
export async function start(context: Context, ref: BoxRef, { signal }: StartOptions = {}): Promise<void> {
  const box = await awaitLaunch(context, await resolveBox(context, ref), signal);
  refusePaused(box, CANNOT_START);
  if (box.state.status === "restarting") return;
  if (box.state.status !== "running") return startAndWait(context, box, signal);
  // Another command may have just launched it.
  const monitor = await tryConnect(context.home, box);
  if (monitor) await awaitStart(context, monitor, signal);
}

/**
 * Attaches to a box, starting it if it is not running.
 * @throws BoxError as `start`
 */
export async function startAttached(
  context: Context,
  ref: BoxRef,
  options: AttachOptions = {},
): Promise<Session> {
  const { signal } = options;
  const box = await resolveBox(context, ref);
  refusePaused(box, CANNOT_START);
  const monitor =
    (await waitForMonitor(context.home, box, signal)) ??
    (await launchAgain(context, box, signal, attachOf(box.record, options)));
  return joinWorkload(monitor, box.record, options);
}
