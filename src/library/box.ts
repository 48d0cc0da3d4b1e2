import { parseChanges } from "../config/syntax/change.js";
import { parseSignal } from "../config/syntax/signal.js";
import type { InspectedBox } from "../engine/boxes.js";
import type { Engine } from "../engine/engine.js";
import { BoxError, naming } from "../errors.js";
import { ownEngine } from "./door.js";
import type { Encoding } from "./encoding.js";
import { startExec, type Exec, type ExecOptions } from "./exec.js";
import { openFiles, type Files } from "./files.js";
import { decodeLogs, type Logs, type LogsOptions } from "./logs.js";
import { hostPortOf, type HostPort } from "./ports.js";
import { requestOf, type CreateOptions } from "./request.js";
import { openStats, type Stats } from "./stats.js";
import { BOX, check, CREATE, LOGS } from "./valid.js";
import { waitFor, type Condition, type WaitForOptions } from "./wait-for.js";

/** Options of `box.commit`. */
export interface CommitOptions {
  author?: string | undefined;
  /** Comment in the image's history. */
  message?: string | undefined;
  /** Dockerfile instructions to apply to the image, such as `ENV A=b`. */
  changes?: readonly string[] | undefined;
  /** Whether programs in the box that write are blocked during the commit (default: true). */
  pause?: boolean | undefined;
}

export interface StopOptions {
  /** Time to wait before killing the box (default: the box's stop timeout, or 10 s). */
  timeoutMs?: number | undefined;
  /** Stops waiting; the box continues to stop. */
  signal?: AbortSignal | undefined;
}

export interface RemoveOptions {
  /** Kills the box first if it is running. */
  force?: boolean | undefined;
  /** Removes the box's anonymous volumes too. */
  volumes?: boolean | undefined;
}

/** Boxes that this process is creating or starting, by engine and name. */
const pending = new WeakMap<Engine, Map<string, Promise<Box>>>();

const isMissing = (error: unknown) => error instanceof BoxError && error.code === "no-such-box";

async function create(engine: Engine, options: CreateOptions): Promise<Box> {
  const { signal, onProgress } = options;
  const request = await requestOf(engine, options);
  signal?.throwIfAborted();
  const running = await engine.boxes.run(request, { signal, onProgress });
  const box = new Box(engine, running.id, running.name);
  try {
    await running.started(signal);
  } catch (error) {
    await box[Symbol.asyncDispose]();
    throw error;
  }
  return box;
}

async function getOrCreate(engine: Engine, name: string, options: CreateOptions): Promise<Box> {
  let conflict: BoxError | undefined;
  for (;;) {
    try {
      const { record } = await engine.boxes.find(name);
      await engine.boxes.start(record.id, { signal: options.signal });
      return new Box(engine, record.id, record.name);
    } catch (error) {
      if (!isMissing(error)) throw error;
    }
    try {
      return await create(engine, { ...options, record: { ...options.record, name } });
    } catch (error) {
      // Another process was faster: look for its box. If the same box held the name last time too, it cannot be found.
      if (!(error instanceof BoxError) || error.code !== "name-in-use") throw error;
      if (error.message === conflict?.message) throw error;
      conflict = error;
    }
  }
}

/** A box: an image running in its own virtual machine. */
export class Box {
  readonly engine: Engine;
  readonly id: string;
  readonly name: string;
  /** The files in the box. */
  readonly files: Files;

  /** @internal */
  constructor(engine: Engine, id: string, name: string) {
    this.engine = engine;
    this.id = id;
    this.name = name;
    this.files = openFiles(engine, id);
  }

  /**
   * Creates a box and starts it, pulling its image if necessary. The box runs until its program exits or it is stopped,
   * and continues to run when this process exits. A shell does not exit by itself, because nothing closes its stdin.
   * @throws BoxError; no part of the box is left behind
   */
  static async create(options: CreateOptions): Promise<Box> {
    check(CREATE, options, "options");
    return create(options.engine ?? ownEngine(), options);
  }

  /** Finds a box by its name, ID or unambiguous ID prefix. @throws BoxError no-such-box, ambiguous-id */
  static async get(nameOrId: string, options: { engine?: Engine } = {}): Promise<Box> {
    check(BOX.get, { ...options, nameOrId }, "get");
    const { engine = ownEngine() } = { ...options };
    const { record } = await engine.boxes.find(nameOrId);
    return new Box(engine, record.id, record.name);
  }

  /** Lists all boxes, running or not, newest first. */
  static async list(options: { engine?: Engine } = {}): Promise<Box[]> {
    check(BOX.list, options, "list");
    const { engine = ownEngine() } = options;
    const boxes = await engine.boxes.list();
    return boxes.map(({ record }) => new Box(engine, record.id, record.name));
  }

  /**
   * Returns the box with the given name, starting it if it is not running, or creating it if it does not exist.
   * Concurrent callers get the same box.
   */
  static async getOrCreate(name: string, options: CreateOptions): Promise<Box> {
    check(BOX.get, { nameOrId: name }, "getOrCreate");
    check(CREATE, options, "options");
    const { engine = ownEngine() } = options;
    const ofEngine = pending.get(engine) ?? new Map<string, Promise<Box>>();
    pending.set(engine, ofEngine);
    const box = ofEngine.get(name) ?? getOrCreate(engine, name, options).finally(() => ofEngine.delete(name));
    ofEngine.set(name, box);
    return box;
  }

  /** Runs a program in the box, in addition to the box's own. */
  exec<E extends Encoding = "utf8">(
    command: string,
    args: readonly string[] = [],
    options: ExecOptions<E> = {},
  ): Exec<E> {
    return startExec(
      (program, sidecar) => this.engine.boxes.exec(this.id, program, { sidecar }),
      command,
      args,
      options,
    );
  }

  /** Iterates over the output of the box's own program. */
  logs<E extends Encoding = "utf8">(given: LogsOptions<E> = {}): Logs<E> {
    check(LOGS, given, "logs");
    const { since, until, encoding, ...options } = given;
    const entries = this.engine.boxes.logs(this.id, {
      ...options,
      since: since?.valueOf(),
      until: until?.valueOf(),
    });
    return decodeLogs(entries, encoding ?? ("utf8" as E));
  }

  /** Reports resource usage: await the result for one sample, or iterate over it for one per second. */
  stats(options: { signal?: AbortSignal } = {}): Stats {
    check(BOX.stats, options, "stats");
    const { signal } = options;
    return openStats(this.engine.boxes.stats([this.id], { signal }), this.name);
  }

  /** Returns the host address at which a port of the box is published. @throws BoxError not-running, no-such-port */
  async port(port: number, protocol: "tcp" | "udp" = "tcp"): Promise<HostPort> {
    check(BOX.port, { port, protocol }, "port");
    return hostPortOf(await this.engine.boxes.find(this.id), port, protocol);
  }

  /**
   * Waits until a condition is met.
   * @throws BoxError timed-out, not-running if the box exits first, no-such-port, no-health-check; the signal's reason
   */
  waitFor(condition: Condition, options: WaitForOptions = {}): Promise<void> {
    return waitFor(this, condition, options);
  }

  /** Starts the box if it is not running. Unless it is `persistent`, it starts with the image's files. */
  async start(options: { signal?: AbortSignal | undefined } = {}): Promise<void> {
    check(BOX.start, options, "start");
    return this.engine.boxes.start(this.id, options);
  }

  /** Stops the box: sends its stop signal to its program, and kills it after the timeout. */
  async stop(options: StopOptions = {}): Promise<void> {
    check(BOX.stop, options, "stop");
    const { timeoutMs, signal } = options;
    const timeoutSecs = timeoutMs === undefined ? undefined : timeoutMs / 1000;
    return this.engine.boxes.stop(this.id, { timeoutSecs, signal });
  }

  /**
   * Extends the time after which the box is stopped (`timeoutMs`).
   * @throws BoxError not-running, no-timeout if the box has no time limit
   */
  async extendTimeout(byMs: number): Promise<void> {
    check(BOX.extendTimeout, { byMs }, "extendTimeout");
    return this.engine.boxes.extendTimeout(this.id, byMs);
  }

  async restart(options: StopOptions = {}): Promise<void> {
    check(BOX.stop, options, "restart");
    const { timeoutMs, signal } = options;
    const timeoutSecs = timeoutMs === undefined ? undefined : timeoutMs / 1000;
    return this.engine.boxes.restart(this.id, { timeoutSecs, signal });
  }

  /** Sends a signal to the box's program; SIGKILL ends the box. @param signal name or number (default: SIGKILL) */
  async kill(signal: string | number = "SIGKILL"): Promise<void> {
    check(BOX.kill, { signal }, "kill");
    await this.engine.boxes.kill(
      this.id,
      naming("signal", () => parseSignal(String(signal))),
    );
  }

  /** Pauses all processes in the box. */
  pause(): Promise<void> {
    return this.engine.boxes.pause(this.id);
  }

  unpause(): Promise<void> {
    return this.engine.boxes.unpause(this.id);
  }

  /** Creates an image from the box. @param name `NAME[:TAG]` of the image @returns the image's ID */
  async commit(name?: string, given: CommitOptions = {}): Promise<string> {
    check(BOX.commit, { ...given, name }, "commit");
    const { changes = [], ...options } = { ...given };
    return this.engine.boxes.commit(this.id, { ...options, name, changes: changes.flatMap(parseChanges) });
  }

  /** Waits until the box exits. @returns its exit code */
  async wait(options: { signal?: AbortSignal | undefined } = {}): Promise<number> {
    check(BOX.wait, options, "wait");
    return this.engine.boxes.wait(this.id, options);
  }

  /** Returns detailed information about the box. */
  inspect(): Promise<InspectedBox> {
    return this.engine.boxes.inspect(this.id);
  }

  /** Removes the box and everything stored for it. @throws BoxError box-running, unless `force` is set */
  async remove(options: RemoveOptions = {}): Promise<void> {
    check(BOX.remove, options, "remove");
    return this.engine.boxes.remove(this.id, options);
  }

  /** Kills the box if it is running, and removes it with its anonymous volumes; `await using` calls this. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.remove({ force: true, volumes: true }).catch((error: unknown) => {
      if (!isMissing(error)) throw error;
    });
  }
}
