import { rm } from "node:fs/promises";
import type { Socket } from "node:net";
import { NO_NETWORK } from "../config/spec/networks.js";
import { specOf } from "../config/parse-box.js";
import { BoxError } from "../errors.js";
import { onAbort } from "../host/abort.js";
import { isNamed } from "../host/read.js";
import { SIGTERM } from "../host/signals.js";
import { boxFiles, offlineSessionSocket } from "./box/files.js";
import type { Box } from "./box/find.js";
import { stagedFiles, sweepStagedFiles } from "./box/staged-files.js";
import { readState, type BoxRecord } from "./box/record.js";
import { resolveVolumes } from "./box/resolve/volumes.js";
import { awaitEnd, connectToSocket, failureOf, follow, send } from "./protocol/control/client.js";
import { findRuntimeFiles } from "./runtime-files.js";
import { launchBox, type Launch } from "./launch.js";
import { requireImage } from "./require-image.js";
import { selectDriver } from "./drivers/select.js";
import { createWritableLayer, layerTemplate } from "./writable-layer.js";
import type { Home } from "../host/home.js";

/** Opens a connection to a monitor that gives access to a box's files. Several may be open at a time. */
export type Connect = () => Promise<Socket>;

/** Kind of access to the files of a box. */
export type Purpose = "read" | "write";

/** The layer that an offline session uses, and the moves that put it in place. */
interface Layer {
  path: string;
  readOnly: boolean;
  moves: [string, string][];
}

/**
 * Persistent boxes use their existing layer. Other boxes use the layer left by the last run, for reading only, or, before
 * their first run, the layer that every run will start from.
 */
async function layerOf(
  home: Home,
  { folder, record }: Box,
  purpose: Purpose,
  signal: AbortSignal | undefined,
): Promise<Layer> {
  const { persistent, resources } = record.config;
  const files = boxFiles(folder);
  const { status } = await readState(folder);
  if (!persistent && status !== "created") {
    if (purpose === "write") throw beginsAfresh(record);
    if (!(await isNamed(files.writableLayer))) throw layerGone(record);
    return { path: files.writableLayer, readOnly: true, moves: [] };
  }
  const path = persistent ? files.writableLayer : files.seed;
  if (await isNamed(path)) return { path, readOnly: false, moves: [] };
  if (purpose === "read")
    return {
      path: await layerTemplate(home, resources.diskMb, "persistent", signal),
      readOnly: true,
      moves: [],
    };
  const { writableLayer: staged } = stagedFiles(folder);
  await createWritableLayer(home, staged, { sizeMb: resources.diskMb, kind: "persistent", signal });
  return { path, readOnly: false, moves: [[staged, path]] };
}

function beginsAfresh({ name }: BoxRecord): BoxError {
  return new BoxError(
    "not-running",
    `box ${name} has exited: files copied into it now would be lost when it starts`,
    {
      hint: "start it first, or create it with `persistent`",
    },
  );
}

function layerGone({ name }: BoxRecord): BoxError {
  return new BoxError(
    "layer-gone",
    `the files of box ${name} were lost when its virtual machine was killed`,
    {
      hint: "only a box created with `persistent` keeps its files in this case",
    },
  );
}

async function launchSession(
  home: Home,
  { folder, record }: Box,
  { path, readOnly, moves }: Layer,
): Promise<Socket> {
  const runtimeFiles = await findRuntimeFiles(home);
  const driver = await selectDriver(runtimeFiles, record.driver);
  const volumes = await resolveVolumes(home, specOf(record), record);
  // No program runs that could use a network.
  const alone = {
    ...record,
    ports: [],
    config: { ...record.config, ...NO_NETWORK.config },
    options: { ...record.options, ...NO_NETWORK.options },
  };
  const launch: Launch = {
    folder,
    record: alone,
    runtimeFiles,
    driver,
    volumes,
    moves,
    offline: { layer: path, readOnly },
  };
  // Warnings about limits are shown when the box itself starts.
  return launchBox(home, launch, () => undefined);
}

/**
 * Takes exclusive use of a box that is not running while `use` talks to the agent of a VM with the box's disks.
 * @param signal cancels the start of the VM; `use` must handle it itself
 * @throws BoxError box-running if another command uses the box; not-running, layer-gone, image-gone; errors of a launch
 *   and of `use`
 */
export async function offlineSession<T>(
  home: Home,
  box: Box,
  purpose: Purpose,
  signal: AbortSignal | undefined,
  use: (connect: Connect) => Promise<T>,
): Promise<T> {
  const { folder, record } = box;
  await requireImage(record);
  await sweepStagedFiles(folder);
  try {
    const layer = await layerOf(home, box, purpose, signal);
    signal?.throwIfAborted();
    const socket = await launchSession(home, box, layer);
    let onStarted: (ending?: undefined) => void = () => undefined;
    const started = new Promise<undefined>((resolve) => (onStarted = resolve));
    const ended = follow(socket, { onStarted: () => onStarted() });
    // The VM ends when this end of the connection is closed.
    const off = onAbort(signal, () => socket.destroy());
    const refusal = await Promise.race([started, ended])
      .then(failureOf)
      .finally(off)
      .catch(async (error: unknown) => {
        if (signal?.aborted === true) await awaitEnd(socket);
        throw error;
      });
    if (refusal) throw refusal;
    const converse = async () => {
      const conversation = await connectToSocket(home, offlineSessionSocket(record.id));
      if (conversation) return conversation;
      throw (
        failureOf(await ended) ?? new BoxError("monitor-died", "the offline session of the box has ended")
      );
    };
    /** Ends the session. If it has failed, that explains failed connections. Afterwards other commands can use the box. */
    const leave = async () => {
      send(socket, { op: "stop", signal: SIGTERM, timeoutMs: 0 });
      const failure = failureOf(await ended);
      if (failure) throw failure;
    };
    const result = await use(converse).catch(async (error: unknown) => {
      await leave();
      throw error;
    });
    await leave();
    return result;
  } finally {
    await rm(stagedFiles(folder).writableLayer, { force: true });
  }
}
