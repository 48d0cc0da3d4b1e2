import { appendFile, rm } from "node:fs/promises";
import { createServer, Socket } from "node:net";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { counted } from "../../config/syntax/counted.js";
import { visibleMessage } from "../../config/syntax/visible.js";
import { BoxError, messageOf } from "../../errors.js";
import { writeFileAtomic } from "../../host/files.js";
import { thisProcess } from "../../host/owner.js";
import { controlSocket } from "../../vm/box/files.js";
import { REMOVING } from "../../vm/box/remove.js";
import { removeSockets } from "../../vm/box/sockets.js";
import { readDefinition, writeDefinition, type PoolDefinition } from "../../vm/pool/definition.js";
import { poolFiles, poolFolder, poolSocket, vmsIn } from "../../vm/pool/files.js";
import { encodePoolMessage, type PoolStart, type StartRequest } from "../../vm/pool/messages.js";
import { openStock } from "../../vm/pool/stock.js";
import { readMessage } from "../../vm/protocol/control/read-message.js";
import { checkRequest } from "../boxes/check.js";
import type { Context } from "../context.js";
import { converse } from "./conversation.js";
import { openCounter } from "./counter.js";
import { subjectIn } from "./definition.js";
import { bootIdle, type PoolBox } from "./idle-vm.js";
import { openSubject, type Subject } from "./subject.js";

/** Descriptors that `box-vmm keep` hands to the keeper (docs/vmm-helper.md). */
export interface KeeperDescriptors {
  /** The command that starts the pool. */
  starter: number;
  /** The listening socket. */
  control: number;
}

/** VMs that boot at the same time leave at least half of the processors to boxes. */
function parallelBoots(vcpus: number): number {
  return Math.max(1, Math.floor(availableParallelism() / 2 / vcpus));
}

/** Removes what the VMs of a killed keeper have left behind. They have ended with it. */
async function clearRest({ home }: Context, folder: string): Promise<void> {
  const ids = await vmsIn(folder);
  await removeSockets(home, ...ids.map(controlSocket));
  const names = ids.flatMap((id) => [id, REMOVING + id]);
  await Promise.all(names.map((entry) => rm(join(folder, entry), { recursive: true, force: true })));
}

async function boxOf(
  context: Context,
  name: string,
  definition: PoolDefinition,
): Promise<Omit<PoolBox, "image">> {
  const request = await checkRequest(context, subjectIn(definition), true);
  return { name, folder: poolFolder(context.home, name), request };
}

/** A pool that is being kept. */
interface Kept {
  box: Omit<PoolBox, "image">;
  definition: PoolDefinition;
  subject: Subject;
  log: (line: string) => void;
  starter: { tell: (message: PoolStart) => void; left: Promise<unknown> };
}

async function run(
  context: Context,
  control: number,
  { box, definition, subject, log, starter }: Kept,
): Promise<void> {
  const { spec } = box.request;
  const stock = openStock({
    pool: spec.pool,
    boot: () => bootIdle(context, { ...box, image: subject.image() }),
    parallel: parallelBoots(spec.resources.vcpus),
    log,
  });
  const noteImage = () => writeDefinition(box.folder, { ...definition, digest: subject.image().digest });
  await noteImage();
  let following: Promise<void> | undefined;
  /** Replaces the VMs if the image's tag has been given to another image, as by a pull, or if the host has changed. */
  const follow = () => {
    following ??= subject
      .follow()
      .then(async (isOther) => {
        if (!isOther) return;
        await noteImage();
        log("the tag names another image, or the host has changed: the VMs are replaced");
        stock.renew();
      })
      .catch((error: unknown) => log(`cannot look up the image: ${messageOf(error)}`))
      .finally(() => (following = undefined));
  };
  let onStopped: () => void = () => undefined;
  const stopped = new Promise<void>((resolve) => (onStopped = resolve));
  const conversations = new Set<Promise<void>>();
  const counter = openCounter({ ...box, stock, subject, follow, log });
  const stop = async () => {
    await stock.close();
    await removeSockets(context.home, poolSocket(box.name));
    await rm(box.folder, { recursive: true, force: true });
    onStopped();
  };
  const server = createServer((socket: Socket) => {
    socket.on("error", () => undefined);
    const conversation = converse(socket, counter, stock, stop);
    conversations.add(conversation);
    void conversation.then(() => conversations.delete(conversation));
  }).listen({ fd: control });
  try {
    // A start that is interrupted leaves nothing behind.
    const failing = (when: Promise<unknown>, error: BoxError) => when.then(() => Promise.reject(error));
    const left = failing(starter.left, new BoxError("interrupted", "interrupted"));
    const ended = new BoxError("launch-failed", `pool ${box.name} was stopped while it was starting`);
    await Promise.race([stock.filled, left, failing(stopped, ended)]);
    const { idle } = stock.counts();
    log(`ready: ${counted(idle, "VM")} ${idle === 1 ? "is" : "are"} idle`);
    starter.tell({ event: "ready", idle });
    await stopped;
    await Promise.all(conversations);
  } catch (error) {
    await stock.close();
    throw error;
  } finally {
    server.close();
  }
}

/**
 * Keeps a pool, as its keeper process: boots VMs, hands them out to commands, and counts. Returns when a command has
 * stopped the pool. If this process is killed, its idle VMs end with it.
 */
export async function keepPool(
  context: Context,
  name: string,
  descriptors: KeeperDescriptors,
): Promise<void> {
  const starter = new Socket({ fd: descriptors.starter, readable: true, writable: true });
  starter.on("error", () => undefined);
  const left = new Promise((resolve) => starter.once("close", resolve));
  const tell = (message: PoolStart) => void starter.write(encodePoolMessage(message));
  const folder = poolFolder(context.home, name);
  const log = (line: string) => {
    const text = `${new Date().toISOString()} ${visibleMessage(line)}\n`;
    void appendFile(poolFiles(folder).log, text, { mode: 0o600 }).catch(() => undefined);
  };
  const own: Context = {
    ...context,
    warn: (line) => {
      log(`warning: ${line}`);
      tell({ event: "warning", line });
    },
  };
  let isNew = false;
  try {
    const request = (await readMessage(starter)) as StartRequest | undefined;
    if (!request) return;
    starter.resume();
    await writeFileAtomic(poolFiles(folder).keeper, thisProcess());
    await clearRest(own, folder);
    isNew = (await readDefinition(folder).catch(() => undefined)) === undefined;
    await writeDefinition(folder, request.definition);
    const box = await boxOf(own, name, request.definition);
    const subject = await openSubject(own, box);
    try {
      const { definition } = request;
      await run(own, descriptors.control, { box, definition, subject, log, starter: { tell, left } });
    } finally {
      await subject.close();
    }
  } catch (error) {
    const known = error instanceof BoxError ? error : undefined;
    const { code = "system", reason = String(error), subject, hint } = known ?? {};
    log(`failed: ${reason}`);
    tell({ event: "failed", code, message: reason, subject, hint });
    await clearRest(own, folder);
    await removeSockets(own.home, poolSocket(name));
    if (isNew) await rm(folder, { recursive: true, force: true });
    await new Promise<void>((resolve) => starter.end(() => resolve()));
  }
}
