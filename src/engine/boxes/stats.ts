import { setTimeout } from "node:timers/promises";
import { BoxError } from "../../errors.js";
import { allEnded } from "../../host/abort.js";
import { tryConnect } from "../../vm/box/connect.js";
import { findAmong, surveyBoxes } from "../../vm/box/find.js";
import { hostMemoryKb, monitorOf } from "../../vm/host-memory.js";
import { runTask } from "../../vm/box/task.js";
import { parseUsage, type Usage } from "../../vm/box/usage.js";
import type { Box, BoxRef, Context } from "../context.js";

export type { Usage };

/** Usage of a box, now and one sample earlier; undefined if it was not running or did not respond. */
export interface BoxUsage {
  box: Box;
  before: Usage | undefined;
  now: Usage | undefined;
  /** Memory that all processes of the running box take on the host. */
  hostMemoryKb?: number | undefined;
}

export interface StatsOptions {
  /** If no boxes are named, includes boxes that are not running. */
  all?: boolean | undefined;
  signal?: AbortSignal | undefined;
}

/** Interval between samples, in milliseconds. */
const INTERVAL_MS = 1000;

async function sample(
  { home }: Context,
  box: Box,
  signal: AbortSignal | undefined,
): Promise<Usage | undefined> {
  const socket = await tryConnect(home, box);
  if (!socket) return undefined;
  // The box may stop or restart at any moment.
  return runTask(socket, { kind: "usage" }, signal).then(parseUsage, (error: unknown) => {
    if (error instanceof BoxError) return undefined;
    throw error;
  });
}

async function select(context: Context, refs: readonly BoxRef[], all: boolean): Promise<Box[]> {
  const survey = await surveyBoxes(context.home);
  if (refs.length > 0)
    return refs.map((ref) => findAmong(survey, typeof ref === "string" ? ref : ref.record.id));
  return all ? survey.boxes : survey.boxes.filter(({ state }) => state.status === "running");
}

async function sampleAll(
  context: Context,
  boxes: readonly Box[],
  signal: AbortSignal | undefined,
): Promise<Map<string, Usage>> {
  const usages = await allEnded(boxes.map((box) => sample(context, box, signal)));
  signal?.throwIfAborted();
  return new Map(boxes.flatMap(({ record }, i) => (usages[i] ? [[record.id, usages[i]]] : [])));
}

async function hostMemoryOf({ state }: Box): Promise<number | undefined> {
  const monitor = state.pid === undefined ? undefined : await monitorOf(state.pid);
  return monitor === undefined ? undefined : hostMemoryKb(monitor);
}

/**
 * Iterates over the resource usage of boxes, once per second.
 * @param refs if empty, all running boxes
 * @throws BoxError no-such-box (also if a named box is removed later), ambiguous-id
 */
export async function* stats(
  context: Context,
  refs: readonly BoxRef[] = [],
  { all = false, signal }: StatsOptions = {},
): AsyncGenerator<BoxUsage[]> {
  let boxes = await select(context, refs, all);
  let before = await sampleAll(context, boxes, signal);
  for (let first = true; ; first = false) {
    await setTimeout(INTERVAL_MS, undefined, { signal });
    if (!first) boxes = await select(context, refs, all);
    const now = await sampleAll(context, boxes, signal);
    const looks = boxes.map(async (box) => {
      const usage = now.get(box.record.id);
      const onHost = usage && (await hostMemoryOf(box));
      return { box, before: before.get(box.record.id), now: usage, hostMemoryKb: onHost };
    });
    yield await Promise.all(looks);
    before = now;
  }
}
