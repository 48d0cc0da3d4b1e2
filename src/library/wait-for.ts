import { setTimeout as sleep } from "node:timers/promises";
import type { Engine } from "../engine/engine.js";
import { BoxError } from "../errors.js";
import { repeat } from "./back-off.js";
import { decodeLogs } from "./logs.js";
import { findHostPort, hostPortOf } from "./ports.js";
import { check, checkCondition, WAIT } from "./valid.js";
import { listsServer, tryHttp, tryPort } from "./probe.js";

/** An answer of an HTTP server in the box, at a published port. */
export interface HttpCondition {
  port: number;
  /** `/` unless given. */
  path?: string | undefined;
  /** The status that is waited for; any below 500 unless given. */
  status?: number | undefined;
}

/** What a box can be waited for. */
export type Condition =
  /** A server in the box listens at a TCP port; published or not. */
  | { port: number }
  | { http: number | HttpCondition }
  /** The box's program has written a line with this text in it, or one that matches, since it was last started. */
  | { log: string | RegExp }
  /** Its health check has succeeded. */
  | { healthy: true };

export interface WaitForOptions {
  /** The longest time to wait: then it is a BoxError `timed-out`. */
  timeoutMs?: number | undefined;
  /** Gives up waiting. */
  signal?: AbortSignal | undefined;
}

interface Place {
  engine: Engine;
  id: string;
}

/** Of a line that has no end yet. */
const LONGEST_LINE = 65_536;

async function waitForLog(
  { engine, id }: Place,
  wanted: string | RegExp,
  signal: AbortSignal,
): Promise<void> {
  const matches = (line: string) =>
    typeof wanted === "string" ? line.includes(wanted) : line.search(wanted) >= 0;
  const open = { stdout: "", stderr: "" };
  // The log goes back to lives of the box before this one.
  const { startedAt } = (await engine.boxes.find(id)).state;
  const since = startedAt === undefined ? undefined : Date.parse(startedAt);
  const entries = engine.boxes.logs(id, { follow: true, since, signal });
  for await (const { stream, data } of decodeLogs(entries, "utf8")) {
    const lines = (open[stream] + data).split("\n");
    if (lines.some(matches)) return;
    open[stream] = (lines.at(-1) ?? "").slice(-LONGEST_LINE);
  }
  signal.throwIfAborted();
  throw new BoxError("not-running", "the box has ended, and its log has no such line");
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

/** Of the box's first process: the agent, which reads them, has none of the box's own. */
const TABLES = ["/proc/1/net/tcp", "/proc/1/net/tcp6"];

/** The guest's tables of TCP sockets; undefined where the box does not show them. */
async function readTables({ engine, id }: Place, signal: AbortSignal): Promise<string | undefined> {
  const read = async (path: string) => {
    const pieces: Uint8Array[] = [];
    for await (const piece of engine.boxes.files.read(id, path, { signal })) pieces.push(piece);
    return Buffer.concat(pieces).toString("latin1");
  };
  // To look at files of a box that has ended would boot a guest for them.
  if ((await engine.boxes.find(id)).state.status !== "running") return "";
  const tables = await Promise.all(
    TABLES.map((path) =>
      read(path).catch((error: unknown) => {
        signal.throwIfAborted();
        if (!(error instanceof BoxError)) throw error;
        // Else it may just be ending, which is told elsewhere.
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
  // Under TSI the host refuses until the guest listens, and the guest's tables need not list such a server.
  const isTold = box.record.driver === "krun" && box.record.config.network === "tsi";
  await repeat(async () => {
    const outcome = published && (await tryPort(published, signal));
    signal.throwIfAborted();
    if (outcome === "answered" || (outcome === "silent" && isTold)) return true;
    if (outcome === "closed") return false;
    const tables = await readTables(place, signal);
    if (tables !== undefined) return listsServer(tables, port);
    // Nothing in the box can be asked: a connection that has stayed open is the best that is known.
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
    const given = await tryHttp(published, path, signal);
    signal.throwIfAborted();
    return given !== undefined && (status === undefined ? given < 500 : given === status);
  }, signal);
}

function waitForCondition(place: Place, condition: Condition, signal: AbortSignal): Promise<void> {
  if ("port" in condition) return waitForPort(place, condition.port, signal);
  if ("http" in condition) return waitForHttp(place, condition.http, signal);
  if ("log" in condition) return waitForLog(place, condition.log, signal);
  return waitForHealth(place, signal);
}

/** Between two lives of a box that its restart policy starts again, in milliseconds. */
const LIVES_MS = 50;

/** @throws BoxError not-running, when the box has ended for good */
async function failWithBox({ engine, id }: Place, signal: AbortSignal): Promise<never> {
  for (;;) {
    const exitCode = await engine.boxes.wait(id, { signal });
    const { record, state } = await engine.boxes.find(id);
    if (state.status !== "running" && state.status !== "restarting")
      throw new BoxError("not-running", `box ${record.name} has ended, with exit code ${exitCode}`);
    await sleep(LIVES_MS, undefined, { signal });
  }
}

/**
 * Waits until something is so in a running box.
 * @throws BoxError timed-out, not-running when the box ends before, no-such-port, no-health-check; the signal's reason
 */
export async function waitFor(place: Place, condition: Condition, options: WaitForOptions): Promise<void> {
  checkCondition(condition);
  check(WAIT, options, "waitFor");
  const { timeoutMs, signal } = options;
  signal?.throwIfAborted();
  const over = new AbortController();
  const onAbort = () => over.abort(signal?.reason);
  signal?.addEventListener("abort", onAbort);
  const timer =
    timeoutMs === undefined
      ? undefined
      : setTimeout(() => {
          over.abort(new BoxError("timed-out", `what was waited for has not come within ${timeoutMs} ms`));
        }, timeoutMs);
  const waiting = waitForCondition(place, condition, over.signal);
  // A line may have been written by a box that ends at once: its log is read to the end.
  const watching = "log" in condition ? [] : [failWithBox(place, over.signal)];
  const given = new Promise<never>((_, reject) =>
    over.signal.addEventListener("abort", () => reject(over.signal.reason as Error)),
  );
  for (const promise of [waiting, given, ...watching]) promise.catch(() => undefined);
  try {
    await Promise.race([waiting, given, ...watching]);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", onAbort);
    over.abort();
  }
}
