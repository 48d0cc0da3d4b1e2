import { setTimeout as sleep } from "node:timers/promises";
import type { Engine } from "../engine/engine.js";
import { BoxError } from "../errors.js";
import { repeat } from "./back-off.js";
import { decodeLogs } from "./logs.js";
import { findHostPort, hostPortOf } from "./ports.js";
import { check, checkCondition, WAIT } from "./valid.js";
import { listsServer, tryHttp, tryPort } from "./probe.js";

/** A response of an HTTP server in the box, on a published port. */
export interface HttpCondition {
  port: number;
  /** Path to request (default: `/`). */
  path?: string | undefined;
  /** Status to wait for (default: any below 500). */
  status?: number | undefined;
}

/** A condition that `waitFor` waits for. */
export type Condition =
  /** A server in the box listens on this TCP port, which need not be published. */
  | { port: number }
  | { http: number | HttpCondition }
  /** Since the box was last started, its program has written a line that contains or matches this. */
  | { log: string | RegExp }
  /** The box's health check has succeeded. */
  | { healthy: true };

export interface WaitForOptions {
  /** Maximum time to wait; after that, `waitFor` rejects with BoxError `timed-out`. */
  timeoutMs?: number | undefined;
  /** Stops waiting. */
  signal?: AbortSignal | undefined;
}

interface Place {
  engine: Engine;
  id: string;
}

/** How much of an incomplete line is kept. */
const MOST_PENDING_CHARS = 65_536;

async function waitForLog(
  { engine, id }: Place,
  wanted: string | RegExp,
  signal: AbortSignal,
): Promise<void> {
  const matches = (line: string) =>
    typeof wanted === "string" ? line.includes(wanted) : line.search(wanted) >= 0;
  const pending = { stdout: "", stderr: "" };
  // The log also contains earlier runs of the box.
  const { startedAt } = (await engine.boxes.find(id)).state;
  const since = startedAt === undefined ? undefined : Date.parse(startedAt);
  const entries = engine.boxes.logs(id, { follow: true, since, signal });
  for await (const { stream, data } of decodeLogs(entries, "utf8")) {
    const lines = (pending[stream] + data).split("\n");
    if (lines.some(matches)) return;
    pending[stream] = (lines.at(-1) ?? "").slice(-MOST_PENDING_CHARS);
  }
  signal.throwIfAborted();
  throw new BoxError("not-running", "the box exited without writing a matching line");
}

async function waitForHealth({ engine, id }: Place, signal: AbortSignal): Promise<void> {
  const since = Date.now();
  const { record, state } = await engine.boxes.find(id);
  if (!record.health) throw new BoxError("no-health-check", `box ${record.name} has no health check`);
  if (state.health?.status === "healthy") return;
  for await (const { id: of, action } of engine.system.events({ since, signal })) {
    if (of === id && action === "health_status: healthy") return;
  }
  signal.throwIfAborted();
}

/** Tables of the box's first process: the agent, which reads them, has no /proc/self in the box's PID namespace. */
const TABLES = ["/proc/1/net/tcp", "/proc/1/net/tcp6"];

/** Reads the guest's tables of TCP sockets. @returns undefined if they are not accessible in the box */
async function readTables({ engine, id }: Place, signal: AbortSignal): Promise<string | undefined> {
  const read = async (path: string) => {
    const pieces: Uint8Array[] = [];
    for await (const piece of engine.boxes.files.read(id, path, { signal })) pieces.push(piece);
    return Buffer.concat(pieces).toString("latin1");
  };
  // For a box that is not running, reading files would boot a guest.
  if ((await engine.boxes.find(id)).state.status !== "running") return "";
  const tables = await Promise.all(
    TABLES.map((path) =>
      read(path).catch((error: unknown) => {
        signal.throwIfAborted();
        if (!(error instanceof BoxError)) throw error;
        // Any other error may mean that the box is stopping, which failWithBox reports.
        return error.code === "no-such-path" ? undefined : "";
      }),
    ),
  );
  const known = tables.filter((table) => table !== undefined);
  return known.length === 0 ? undefined : known.join("\n");
}

async function waitForPort(place: Place, port: number, signal: AbortSignal): Promise<void> {
  const box = await place.engine.boxes.find(place.id);
  const published = findHostPort(box, port, "tcp");
  // Under TSI, the host refuses connections until the guest listens, and the guest's tables may not list the server.
  const isTsi = box.record.driver === "krun" && box.record.config.network === "tsi";
  await repeat(async () => {
    const outcome = published && (await tryPort(published, signal));
    signal.throwIfAborted();
    if (outcome === "answered" || (outcome === "silent" && isTsi)) return true;
    if (outcome === "closed") return false;
    const tables = await readTables(place, signal);
    if (tables !== undefined) return listsServer(tables, port);
    // The box cannot be asked: a connection that has stayed open is the best evidence.
    if (!published) hostPortOf(box, port, "tcp");
    return true;
  }, signal);
}

async function waitForHttp(
  place: Place,
  condition: number | HttpCondition,
  signal: AbortSignal,
): Promise<void> {
  const {
    port,
    path = "/",
    status,
  }: HttpCondition = typeof condition === "number" ? { port: condition } : condition;
  const published = hostPortOf(await place.engine.boxes.find(place.id), port, "tcp");
  await repeat(async () => {
    const answered = await tryHttp(published, path, signal);
    signal.throwIfAborted();
    return answered !== undefined && (status === undefined ? answered < 500 : answered === status);
  }, signal);
}

function waitForCondition(place: Place, condition: Condition, signal: AbortSignal): Promise<void> {
  if ("port" in condition) return waitForPort(place, condition.port, signal);
  if ("http" in condition) return waitForHttp(place, condition.http, signal);
  if ("log" in condition) return waitForLog(place, condition.log, signal);
  return waitForHealth(place, signal);
}

/** Delay between checks of a box that is being restarted by its restart policy, in milliseconds. */
const RESTART_CHECK_MS = 50;

/** Rejects once the box has exited for good. @throws BoxError not-running */
async function failWithBox({ engine, id }: Place, signal: AbortSignal): Promise<never> {
  for (;;) {
    const exitCode = await engine.boxes.wait(id, { signal });
    const { record, state } = await engine.boxes.find(id);
    if (state.status !== "running" && state.status !== "restarting")
      throw new BoxError("not-running", `box ${record.name} exited with code ${exitCode}`);
    await sleep(RESTART_CHECK_MS, undefined, { signal });
  }
}

/**
 * Waits until a condition is met in a running box.
 * @throws BoxError timed-out, not-running if the box exits first, no-such-port, no-health-check; the signal's reason
 */
export async function waitFor(place: Place, condition: Condition, options: WaitForOptions): Promise<void> {
  checkCondition(condition);
  check(WAIT, options, "waitFor");
  const { timeoutMs, signal } = options;
  signal?.throwIfAborted();
  const ending = new AbortController();
  const onAbort = () => ending.abort(signal?.reason);
  signal?.addEventListener("abort", onAbort);
  const timer =
    timeoutMs === undefined
      ? undefined
      : setTimeout(() => {
          ending.abort(new BoxError("timed-out", `the condition was not met within ${timeoutMs} ms`));
        }, timeoutMs);
  const waiting = waitForCondition(place, condition, ending.signal);
  // The line may have been written by a box that has exited since: its log is read to the end first.
  const watching = "log" in condition ? [] : [failWithBox(place, ending.signal)];
  const aborted = new Promise<never>((_, reject) =>
    ending.signal.addEventListener("abort", () => reject(ending.signal.reason as Error)),
  );
  for (const promise of [waiting, aborted, ...watching]) promise.catch(() => undefined);
  try {
    await Promise.race([waiting, aborted, ...watching]);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", onAbort);
    ending.abort();
  }
}
