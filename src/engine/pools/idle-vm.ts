import { rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { Socket } from "node:net";
import { BoxError } from "../../errors.js";
import { makeFolder, writeFileUnsynced } from "../../host/files.js";
import { onAbort } from "../../host/abort.js";
import type { Image } from "../../oci/image.js";
import { newBoxId } from "../../vm/box/create.js";
import { boxFiles, controlSocket } from "../../vm/box/files.js";
import { REMOVING } from "../../vm/box/remove.js";
import { resolveRecord } from "../../vm/box/resolve.js";
import { removeSockets } from "../../vm/box/sockets.js";
import { withInterpreter } from "../../vm/interpreter/runtime-files.js";
import { launchBox, type Launch } from "../../vm/launch.js";
import { removeGroup } from "../../vm/limits/group.js";
import { poolFiles } from "../../vm/pool/files.js";
import type { PoolVm } from "../../vm/pool/stock.js";
import { isIdleEvent } from "../../vm/protocol/control/claim.js";
import { explanationOf } from "../../vm/protocol/control/client.js";
import { readMessage } from "../../vm/protocol/control/read-message.js";
import type { CheckedRequest } from "../boxes/check.js";
import type { Context } from "../context.js";

/** A box that could run in the VMs of a pool. */
export interface PoolBox {
  name: string;
  /** The pool's directory. */
  folder: string;
  request: CheckedRequest;
  image: Image;
}

async function launch(
  { home, warn }: Context,
  { name, folder: pool, request, image }: PoolBox,
  { id, folder }: { id: string; folder: string },
  signal: AbortSignal,
): Promise<{ socket: Socket; bootLimitMs: number }> {
  const { driver } = request;
  await makeFolder(folder);
  // The image need not have a command: each box has its own.
  const spec = { ...request.spec, cmd: ["true"] };
  const own = { ...request, spec, identity: { id, name } };
  const [resolved, runtimeFiles] = await Promise.all([
    resolveRecord(home, own, image, driver, [], [], "default"),
    withInterpreter(home, request.runtimeFiles, image.platform),
  ]);
  signal.throwIfAborted();
  const record = { ...resolved, wantedPorts: [] };
  const newLayer = { path: boxFiles(folder).writableLayer, signal };
  /** So that nobody removes it (system/prune.ts). */
  const onSpawned: Launch["onSpawned"] = ([next]) => {
    const template = next?.request.thaw?.template;
    if (template === undefined) return;
    writeFileUnsynced(poolFiles(pool).template, basename(template)).catch(() => undefined);
  };
  const socket = await launchBox(
    home,
    { folder, record, runtimeFiles, driver, volumes: [], newLayer, idle: true, onSpawned },
    warn,
  );
  return { socket, bootLimitMs: record.bootLimitMs };
}

const failed = () => new BoxError("pool-vm-failed", "the VM ended");

/** Follows the messages of an idle VM's monitor. */
async function follow(
  socket: Socket,
  on: { idle: (pid: number) => void; claimed: () => void },
): Promise<void> {
  let error: BoxError = failed();
  for (;;) {
    const message = await readMessage(socket).catch(() => undefined);
    if (!isIdleEvent(message)) break;
    if (message.event === "idle") on.idle(message.pid);
    else if (message.event === "claimed") on.claimed();
    else error = new BoxError(message.code, message.message);
  }
  throw (await explanationOf(socket)) ?? error;
}

/** Removes the files of a VM that has ended, unless a command has claimed it: then they are a box's by now. */
async function clear({ home }: Context, id: string, folder: string): Promise<void> {
  const removing = join(dirname(folder), REMOVING + id);
  const isOurs = await rename(folder, removing).then(
    () => true,
    () => false,
  );
  if (!isOurs) return;
  await removeGroup(boxFiles(removing).cgroup);
  // The directory last: by it, the next keeper finds what is left if this one is killed.
  await removeSockets(home, controlSocket(id))
    .then(() => rm(removing, { recursive: true, force: true }))
    .catch(() => undefined);
}

/** Boots a VM for a pool. It ends with this process, unless a command has claimed it. */
export function bootIdle(context: Context, box: PoolBox): PoolVm {
  const id = newBoxId();
  const folder = join(box.folder, id);
  const ending = new AbortController();
  const { signal } = ending;
  let onClaimed: () => void = () => undefined;
  const claimed = new Promise<void>((resolve) => (onClaimed = resolve));
  let onEnded: () => void = () => undefined;
  const ended = new Promise<void>((resolve) => (onEnded = resolve));
  const ready = new Promise<number>((resolve, reject) => {
    void (async () => {
      let limit: NodeJS.Timeout | undefined;
      try {
        const { socket, bootLimitMs } = await launch(context, box, { id, folder }, signal);
        limit = setTimeout(() => ending.abort(), bootLimitMs);
        const off = onAbort(signal, () => socket.destroy());
        const onReady = (pid: number) => {
          clearTimeout(limit);
          resolve(pid);
        };
        await follow(socket, { idle: onReady, claimed: onClaimed }).finally(off);
      } catch (error) {
        reject(error instanceof Error ? error : failed());
      }
      clearTimeout(limit);
      await clear(context, id, folder);
      onEnded();
    })();
  });
  return { id, ready, claimed, ended, end: () => ending.abort() };
}
