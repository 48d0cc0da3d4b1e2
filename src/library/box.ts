import { parseChange } from "../config/syntax/change.js";
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

/** How an image is made of a box. */
export interface CommitOptions {
  author?: string | undefined;
  /** What the image's history says of it. */
  message?: string | undefined;
  /** Instructions of a Dockerfile, such as `ENV A=b`. */
  changes?: readonly string[] | undefined;
  /** Whether the box's programs wait when they write meanwhile; true unless given. */
  pause?: boolean | undefined;
}

export interface StopOptions {
  /** How long to wait before the box is killed; 10 s, or what the box was made with, unless given. */
  timeoutMs?: number | undefined;
  /** Gives up waiting; the box goes on ending. */
  signal?: AbortSignal | undefined;
}

export interface RemoveOptions {
  /** Kills the box first if it runs. */
  force?: boolean | undefined;
  /** Removes its anonymous volumes as well. */
  volumes?: boolean | undefined;
}

/** Those that are being made or started by this process, by engine and name. */
const coming = new WeakMap<Engine, Map<string, Promise<Box>>>();

const isGone = (error: unknown) => error instanceof BoxError && error.code === "no-such-box";

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
  let taken: BoxError | undefined;
  for (;;) {
    try {
      const { record } = await engine.boxes.find(name);
      await engine.boxes.start(record.id, { signal: options.signal });
      return new Box(engine, record.id, record.name);
    } catch (error) {
      if (!isGone(error)) throw error;
    }
    try {
      return await create(engine, { ...options, record: { ...options.record, name } });
    } catch (error) {
      // Somebody else was quicker, unless the same box has had the name before and could not be found since.
      if (!(error instanceof BoxError) || error.code !== "name-in-use") throw error;
      if (error.message === taken?.message) throw error;
      taken = error;
    }
  }
}

/** A box: a virtual machine of its own that runs an image. */
export class Box {
  readonly engine: Engine;
  readonly id: string;
  readonly name: string;
  /** The box's files. */
  readonly files: Files;

  /** @internal */
  constructor(engine: Engine, id: string, name: string) {
    this.engine = engine;
    this.id = id;
    this.name = name;
    this.files = openFiles(engine, id);
  }

  /**
   * Makes a box and starts it; its image is pulled if need be. It runs until its program ends or it is stopped; a shell
   * does not end by itself, since nothing closes its stdin. It goes on when this process ends.
   * @throws BoxError; nothing of the box is left then.
   */
  static async create(options: CreateOptions): Promise<Box> {
    check(CREATE, options, "what is asked for");
    return create(options.engine ?? ownEngine(), options);
  }

  /** The box of a name, an id, or the unambiguous beginning of an id. @throws BoxError no-such-box, ambiguous-id */
  static async get(nameOrId: string, options: { engine?: Engine } = {}): Promise<Box> {
    check(BOX.get, { ...options, nameOrId }, "get");
    const { engine = ownEngine() } = { ...options };
    const { record } = await engine.boxes.find(nameOrId);
    return new Box(engine, record.id, record.name);
  }

  /** All boxes, newest first, whether or not they run. */
  static async list(options: { engine?: Engine } = {}): Promise<Box[]> {
    check(BOX.list, options, "list");
    const { engine = ownEngine() } = options;
    const boxes = await engine.boxes.list();
    return boxes.map(({ record }) => new Box(engine, record.id, record.name));
  }

  /**
   * The box of this name, which is started if it does not run, or made if there is none. All that ask for it at once get
   * the same one.
   */
  static async getOrCreate(name: string, options: CreateOptions): Promise<Box> {
    check(BOX.get, { nameOrId: name }, "getOrCreate");
    check(CREATE, options, "what is asked for");
    const { engine = ownEngine() } = options;
    const known = coming.get(engine) ?? new Map<string, Promise<Box>>();
    coming.set(engine, known);
    const box = known.get(name) ?? getOrCreate(engine, name, options).finally(() => known.delete(name));
    known.set(name, box);
    return box;
  }

  /** Runs a program in the box, beside its own. */
  exec<E extends Encoding = "utf8">(
    command: string,
    args: readonly string[] = [],
    options: ExecOptions<E> = {},
  ): Exec<E> {
    return startExec((program) => this.engine.boxes.exec(this.id, program), command, args, options);
  }

  /** What the box's own program has written. */
  logs<E extends Encoding = "utf8">(asked: LogsOptions<E> = {}): Logs<E> {
    check(LOGS, asked, "logs");
    const { since, until, encoding, ...options } = asked;
    const entries = this.engine.boxes.logs(this.id, {
      ...options,
      since: since?.valueOf(),
      until: until?.valueOf(),
    });
    return decodeLogs(entries, encoding ?? ("utf8" as E));
  }

  /** What the box uses: await it for one sample, iterate over it for one per second. */
  stats(options: { signal?: AbortSignal } = {}): Stats {
    check(BOX.stats, options, "stats");
    const { signal } = options;
    return openStats(this.engine.boxes.stats([this.id], { signal }), this.name);
  }

  /** Where a port of the box is published on the host. @throws BoxError not-running, no-such-port */
  async port(port: number, protocol: "tcp" | "udp" = "tcp"): Promise<HostPort> {
    check(BOX.port, { port, protocol }, "port");
    return hostPortOf(await this.engine.boxes.find(this.id), port, protocol);
  }

  /**
   * Waits until something is so in the box.
   * @throws BoxError timed-out, not-running when the box ends before, no-such-port, no-health-check; the signal's reason
   */
  waitFor(condition: Condition, options: WaitForOptions = {}): Promise<void> {
    return waitFor(this, condition, options);
  }

  /** Starts the box if it does not run. Its files are new ones unless it is `persistent`. */
  async start(options: { signal?: AbortSignal | undefined } = {}): Promise<void> {
    check(BOX.start, options, "start");
    return this.engine.boxes.start(this.id, options);
  }

  /** Asks the box's program to end, and kills it when its time is over. */
  async stop(options: StopOptions = {}): Promise<void> {
    check(BOX.stop, options, "stop");
    const { timeoutMs, signal } = options;
    const timeoutSecs = timeoutMs === undefined ? undefined : timeoutMs / 1000;
    return this.engine.boxes.stop(this.id, { timeoutSecs, signal });
  }

  /**
   * Gives the box more time than `timeoutMs`, until it is stopped.
   * @throws BoxError not-running, no-timeout when it has none
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

  /** Sends a signal to the box's program; SIGKILL ends the box. @param signal name or number, SIGKILL unless given */
  async kill(signal: string | number = "SIGKILL"): Promise<void> {
    check(BOX.kill, { signal }, "kill");
    await this.engine.boxes.kill(
      this.id,
      naming("signal", () => parseSignal(String(signal))),
    );
  }

  /** Pauses all programs of the box. */
  pause(): Promise<void> {
    return this.engine.boxes.pause(this.id);
  }

  unpause(): Promise<void> {
    return this.engine.boxes.unpause(this.id);
  }

  /** Makes an image of the box. @param name `NAME[:TAG]` of the image @returns its id */
  async commit(name?: string, given: CommitOptions = {}): Promise<string> {
    check(BOX.commit, { ...given, name }, "commit");
    const { changes = [], ...options } = { ...given };
    return this.engine.boxes.commit(this.id, { ...options, name, changes: changes.map(parseChange) });
  }

  /** Waits until the box has ended. @returns its exit code */
  async wait(options: { signal?: AbortSignal | undefined } = {}): Promise<number> {
    check(BOX.wait, options, "wait");
    return this.engine.boxes.wait(this.id, options);
  }

  /** All that is known of the box. */
  inspect(): Promise<InspectedBox> {
    return this.engine.boxes.inspect(this.id);
  }

  /** Removes the box with all that it keeps. @throws BoxError box-running, unless forced */
  async remove(options: RemoveOptions = {}): Promise<void> {
    check(BOX.remove, options, "remove");
    return this.engine.boxes.remove(this.id, options);
  }

  /** What `await using` does: kills the box if it runs, and removes it with its anonymous volumes. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.remove({ force: true, volumes: true }).catch((error: unknown) => {
      if (!isGone(error)) throw error;
    });
  }
}
