import { mkdir, rename, rm } from "node:fs/promises";
import type { Socket } from "node:net";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import type { Image } from "../../oci/image.js";
import { creatingFolder } from "../../vm/box/create.js";
import { boxesFolder, controlSocket } from "../../vm/box/files.js";
import { withInterpreter } from "../../vm/interpreter/runtime-files.js";
import type { Launch, NextStart } from "../../vm/launch.js";
import { poolFolder } from "../../vm/pool/files.js";
import { askKeeper } from "../../vm/pool/messages.js";
import { shapeOf, type Shape } from "../../vm/pool/shape.js";
import { CLAIM, isIdleEvent } from "../../vm/protocol/control/claim.js";
import { encodeLaunchRequest } from "../../vm/protocol/control/launch-request.js";
import { connectToSocket, sendAttach } from "../../vm/protocol/control/client.js";
import { readMessage } from "../../vm/protocol/control/read-message.js";
import type { Context } from "../context.js";
import type { CheckedRequest } from "../boxes/check.js";
import type { CreateOptions } from "../boxes/request.js";
import { checkPool, connectToKeeper } from "./find.js";

/** A VM of a pool that belongs to this command. Its directory is that of a box being created (`creatingFolder`). */
export interface ClaimedVm {
  id: string;
  /** The connection to its monitor, which waits for a launch request. */
  socket: Socket;
  /** Tells the keeper that the VM has become a box. */
  acquired: () => void;
  /** Ends the VM, which has not become a box: its monitor and its keeper see that this command gives it up. */
  abandon: () => void;
  shape: Shape;
}

/** Assigns a VM to the box that has been made in its directory. */
export function handOver({ socket, acquired }: ClaimedVm, { folder, record, attach }: Launch): NextStart {
  const request = { folder };
  socket.write(encodeLaunchRequest({ ...request, record }));
  if (attach) sendAttach(socket, attach);
  acquired();
  return { words: [], request };
}

/** How many VMs of a pool to try that turn out to have failed. */
const MOST_TRIES = 3;
/** How long the keeper may take to answer, in milliseconds: a box that waits longer had better boot. */
const KEEPER_MS = 1_000;
/** The same for the monitor of an idle VM. */
const MONITOR_MS = 10_000;

/** Claims a VM: proves that its agent is alive. @returns undefined if it is not */
async function claim({ home }: Context, id: string): Promise<Socket | undefined> {
  const socket = await connectToSocket(home, controlSocket(id));
  if (!socket) return undefined;
  socket.on("error", () => undefined);
  socket.write(CLAIM);
  const answer = await Promise.race([
    readMessage(socket).catch(() => undefined),
    setTimeout(MONITOR_MS, undefined, { ref: false }),
  ]);
  if (isIdleEvent(answer) && answer.event === "claimed") return socket;
  socket.destroy();
  return undefined;
}

interface Taking extends Pick<CreateOptions, "onMiss"> {
  /** Name of the pool. */
  name: string;
  shape: Shape;
  /** When the claim began. */
  begunMs: number;
}

/** Takes a VM of this shape from a keeper. The rename of its directory decides who has it. */
async function takeVm(
  context: Context,
  keeper: Socket,
  { name, shape, begunMs, onMiss }: Taking,
): Promise<ClaimedVm | undefined> {
  const { home, warn } = context;
  await mkdir(boxesFolder(home), { recursive: true, mode: 0o700 });
  for (let tries = 0; tries < MOST_TRIES; tries++) {
    const answer = await askKeeper(keeper, { op: "take", shape }, KEEPER_MS);
    if (!answer) warn(`the keeper of pool ${name} does not answer, so the box boots a VM of its own`);
    if (answer?.event === "missed") onMiss?.(answer.reason);
    if (answer?.event !== "taken") return undefined;
    const { id } = answer;
    const folder = creatingFolder(home, id);
    const moved = await rename(join(poolFolder(home, name), id), folder).then(
      () => true,
      () => false,
    );
    const socket = moved ? await claim(context, id) : undefined;
    if (socket) {
      const acquired = () => {
        void askKeeper(keeper, { op: "acquired", ms: performance.now() - begunMs }, KEEPER_MS).then(() =>
          keeper.destroy(),
        );
      };
      const abandon = () => [socket, keeper].forEach((connection) => connection.destroy());
      return { id, socket, acquired, abandon, shape };
    }
    await rm(folder, { recursive: true, force: true });
  }
  return undefined;
}

/**
 * Claims a VM of the pool of a request.
 * @returns undefined if the pool has none for this box, which therefore boots its own
 * @throws BoxError no-such-pool
 */
export async function claimVm(
  context: Context,
  request: CheckedRequest,
  image: Image,
  { onMiss }: Pick<CreateOptions, "onMiss"> = {},
): Promise<ClaimedVm | undefined> {
  const { home, warn } = context;
  const { spec, driver } = request;
  const begunMs = performance.now();
  const { name } = spec.pool;
  const keeper = await connectToKeeper(home, name);
  if (!keeper) {
    await checkPool(home, name);
    warn(`pool ${name} is not running, so the box boots a VM of its own`);
    return undefined;
  }
  let vm: ClaimedVm | undefined;
  try {
    const runtimeFiles = await withInterpreter(home, request.runtimeFiles, image.platform);
    const shape = await shapeOf(home, { spec, driver, runtimeFiles, image });
    vm = await takeVm(context, keeper, { name, shape, begunMs, onMiss });
    return vm;
  } finally {
    // An open connection would keep this process running.
    if (!vm) keeper.destroy();
  }
}
