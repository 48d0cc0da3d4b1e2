import { spawn, type ChildProcess } from "node:child_process";
import { mkdir, open, readFile } from "node:fs/promises";
import type { Socket } from "node:net";
import { dirname, join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { EXIT_BOX } from "../../config/exit-codes.js";
import { unitOf } from "../../config/unit.js";
import { parsePoolName } from "../../config/syntax/pool-name.js";
import { BoxError } from "../../errors.js";
import { onAbort } from "../../host/abort.js";
import { lastingEnvironment } from "../../host/caller-environment.js";
import type { Home } from "../../host/home.js";
import { makeRuntimeFolder } from "../../host/runtime-folder.js";
import type { PoolDefinition } from "../../vm/pool/definition.js";
import { readDefinition } from "../../vm/pool/definition.js";
import { poolFiles, poolFolder, poolSocket } from "../../vm/pool/files.js";
import { askKeeper, encodePoolMessage, type PoolStart } from "../../vm/pool/messages.js";
import { readMessage } from "../../vm/protocol/control/read-message.js";
import { findRuntimeFiles } from "../../vm/runtime-files.js";
import { checkRequest } from "../boxes/check.js";
import { imageFor, withImages } from "../boxes/image.js";
import type { CreateOptions, ParsedRequest } from "../boxes/request.js";
import type { Context } from "../context.js";
import { asSubject, definitionOf, differences, type Difference } from "./definition.js";
import type { PoolRequest } from "./request.js";
import { askStatus, connectToKeeper, hasKeeper } from "./find.js";
import { resolvePool } from "./resolve.js";

/** The keeper's connection to this command. */
const CONNECTION = 3;
/** Exit code of `box-vmm keep` if the pool has a keeper. */
const EXIT_LOCKED = 75;
/** How long the keeper of a pool may take to answer on a host that is busy, in milliseconds; its VMs may take longer to boot. */
const ANSWER_MS = 60_000;
/** How often to try to start a pool while another command starts or stops it, and how long to wait in between. */
const MOST_TRIES = 20;
const PAUSE_MS = 50;

function shown(path: string, value: unknown): string {
  if (value === undefined || value === null) return "unset";
  return `${typeof value === "string" ? value : JSON.stringify(value)}${unitOf(path)}`;
}

/** Names every setting in which a running pool differs from the one that is asked for. */
function alreadyRuns(name: string, differing: readonly Difference[]): BoxError {
  const list = differing.map(
    ({ path, one, other }) => `\`${path}\` is ${shown(path, one)}, not ${shown(path, other)}`,
  );
  return new BoxError("pool-running", `pool ${name} is already running: ${list.join("; ")}`, {
    ...{ hint: "stop it first to change it", detail: { pool: name } },
  });
}

/** Refuses a box whose VM could not be taken from a pool. @throws BoxError invalid-pool */
function checkShape({ spec }: ParsedRequest): void {
  const refuse = (subject: string, what: string) =>
    new BoxError("invalid-pool", `the VMs of a pool cannot have ${what}`, {
      ...{ subject, hint: "boxes that need them boot their own VM" },
    });
  if (spec.mounts.some(({ kind }) => kind !== "tmpfs")) throw refuse("volumes", "volumes");
  if (spec.portMap.length > 0) throw refuse("portMap", "published ports");
  if (spec.record.publishAll) throw refuse("record.publishAll", "published ports");
  if (spec.networks.length > 0) throw refuse("network", `named networks (${spec.network.name ?? ""})`);
  if (!spec.cache.enabled) throw refuse("cache.enabled", "an image of their own");
}

async function spawnKeeper(home: Home, name: string): Promise<{ child: ChildProcess; log: string }> {
  const folder = poolFolder(home, name);
  const [runtime, { vmmHelper, monitor }] = await Promise.all([
    makeRuntimeFolder(home),
    findRuntimeFiles(home),
    mkdir(folder, { recursive: true, mode: 0o700 }),
  ]);
  const files = poolFiles(folder);
  const log = await open(files.log, "a", 0o600);
  try {
    const child = spawn(
      vmmHelper,
      [
        ...["keep", "--lock", files.lock, "--socket", join(runtime, poolSocket(name)), "--"],
        ...[process.execPath, "--", join(dirname(monitor), "box.js"), "keeper", name],
      ],
      {
        detached: true,
        cwd: "/",
        stdio: ["ignore", log.fd, log.fd, "pipe"],
        env: { ...lastingEnvironment(home.env), BOX_HOME: home.folder },
      },
    );
    return { child, log: files.log };
  } finally {
    await log.close();
  }
}

/**
 * Waits until a new keeper has filled its pool.
 * @returns how many VMs are idle; undefined if another command has just started the pool
 */
async function awaitReady(
  { home, warn }: Context,
  name: string,
  definition: PoolDefinition,
  signal: AbortSignal | undefined,
): Promise<number | undefined> {
  const { child, log } = await spawnKeeper(home, name);
  const exited = new Promise<number | null>((resolve) => child.once("exit", resolve));
  const socket = child.stdio[CONNECTION] as Socket;
  socket.on("error", () => undefined);
  socket.write(encodePoolMessage({ definition }));
  // The keeper ends when this connection does, unless its pool is ready.
  const off = onAbort(signal, () => socket.destroy());
  try {
    for (;;) {
      const message = (await readMessage(socket)) as PoolStart | undefined;
      if (message === undefined) break;
      if (message.event === "warning") warn(message.line);
      else if (message.event === "ready") return message.idle;
      else
        throw new BoxError(message.code, message.message, { subject: message.subject, hint: message.hint });
    }
    const code = await exited;
    if (code === EXIT_LOCKED) return undefined;
    const lines = (await readFile(log, "utf8").catch(() => "")).trimEnd().split("\n");
    const reason = code === EXIT_BOX ? (lines.at(-1) ?? "") : "its keeper was killed";
    throw new BoxError("launch-failed", `pool ${name} cannot be started: ${reason}`);
  } finally {
    off();
    socket.destroy();
    child.unref();
  }
}

/**
 * Waits until a pool that has a keeper is ready.
 * @returns how many VMs are idle; undefined without a keeper, or if it ends before
 * @throws BoxError pool-running if it has another definition, launch-failed if its keeper does not answer
 */
async function awaitKept(
  { home }: Context,
  name: string,
  definition: PoolDefinition,
  signal: AbortSignal | undefined,
): Promise<number | undefined> {
  const keeper = (await hasKeeper(home, name)) ? await connectToKeeper(home, name) : undefined;
  if (!keeper) return undefined;
  const off = onAbort(signal, () => keeper.destroy());
  try {
    // Its VMs may take as long as they like, but the keeper itself answers, or has ended.
    await askStatus(keeper, name, ANSWER_MS);
    const answer = await askKeeper(keeper, { op: "await" });
    signal?.throwIfAborted();
    if (answer?.event !== "ready") return undefined;
    const stored = await readDefinition(poolFolder(home, name));
    const differing = stored ? differences(stored, definition) : [];
    if (differing.length > 0) throw alreadyRuns(name, differing);
    return answer.idle;
  } finally {
    off();
    keeper.destroy();
  }
}

/** Lets one of several commands start a pool; the others wait for it. @returns how many VMs are idle */
async function keep(
  context: Context,
  name: string,
  definition: PoolDefinition,
  signal: AbortSignal | undefined,
): Promise<number> {
  for (let tries = 0; tries < MOST_TRIES; tries++) {
    const idle = await awaitReady(context, name, definition, signal);
    if (idle !== undefined) return idle;
    const kept = await awaitKept(context, name, definition, signal);
    if (kept !== undefined) return kept;
    signal?.throwIfAborted();
    // Its keeper listens in a moment, or has just ended.
    await setTimeout(PAUSE_MS);
  }
  throw new BoxError(
    "launch-failed",
    `pool ${name} was started and stopped by other commands all the while`,
    {
      hint: "try again",
    },
  );
}

/**
 * Starts a pool and waits until its VMs are idle. Does nothing if it runs already and is the same.
 * @returns how many VMs are idle
 * @throws BoxError pool-running, launch-failed, invalid-name, invalid-pool, and as `run`
 */
export async function startPool(
  context: Context,
  name: string,
  given: PoolRequest,
  options: CreateOptions = {},
): Promise<number> {
  const request = asSubject(await resolvePool(context, parsePoolName(name), given), name);
  checkShape(request);
  const checked = await checkRequest(context, request, true);
  const definition = definitionOf(request);
  const kept = await awaitKept(context, name, definition, options.signal);
  await withImages(context, checked, options.signal, (store) => imageFor(context, store, checked, options));
  return kept ?? keep(context, name, definition, options.signal);
}
