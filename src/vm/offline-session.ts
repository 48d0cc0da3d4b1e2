import { rm } from "node:fs/promises";
import type { Socket } from "node:net";
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

/** Begins a conversation with whoever can reach the files of a box; several may be held at a time. */
export type Connect = () => Promise<Socket>;

/** What is to be done with the files of a box. */
export type Purpose = "read" | "write";

/** The layer that an offline session looks at, and how it comes to be there. */
interface Layer {
  path: string;
  readOnly: boolean;
  moves: [string, string][];
}

/**
 * Of a persistent box the layer is the one that it has. Of another one it is what its last life has left, to be read, or,
 * as long as it has not run, what its lives will begin with.
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
    `box ${name} has ended, and would lose what is copied into it at its next start`,
    {
      hint: "start it first, or make it with `persistent`",
    },
  );
}

function layerGone({ name }: BoxRecord): BoxError {
  return new BoxError("layer-gone", `the files of box ${name} are gone: its virtual machine was killed`, {
    hint: "only a box made with `persistent` keeps them then",
  });
}

async function launchSession(
  home: Home,
  { folder, record }: Box,
  { path, readOnly, moves }: Layer,
): Promise<Socket> {
  const runtimeFiles = await findRuntimeFiles(home);
  const driver = await selectDriver(runtimeFiles, record.driver);
  const volumes = await resolveVolumes(home, specOf(record), record);
  // Nobody is there to use a network.
  const alone = { ...record, ports: [], config: { ...record.config, network: "none" } };
  const launch: Launch = {
    folder,
    record: alone,
    runtimeFiles,
    driver,
    volumes,
    moves,
    offline: { layer: path, readOnly },
  };
  // What of its limits is not in force is told when it starts.
  return launchBox(home, launch, () => undefined);
}

/**
 * Has a box that does not run to itself while `use` talks to the agent of a VM with the box's disks.
 * @param signal gives up starting the VM; `use` heeds it itself
 * @throws BoxError box-running when another has it; not-running, layer-gone, image-gone, those of a launch, and what
 *   `use` throws
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
    // It ends when this end of the conversation is gone.
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
    /** What has ended the session explains what became of its conversations. The next command finds the box free. */
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
