import { setTimeout } from "node:timers/promises";
import { BoxError } from "../../errors.js";
import { allEnded } from "../../host/abort.js";
import { tryConnect } from "../../vm/box/connect.js";
import { findAmong, surveyBoxes } from "../../vm/box/find.js";
import { runTask } from "../../vm/box/task.js";
import { parseUsage, type Usage } from "../../vm/box/usage.js";
import type { Box, BoxRef, Context } from "../context.js";

export type { Usage };

/** What a box has used by now, and by the look before. Undefined where it did not run, or did not answer. */
export interface BoxUsage {
  box: Box;
  before: Usage | undefined;
  now: Usage | undefined;
}

export interface StatsOptions {
  /** Of none named: boxes that do not run as well. */
  all?: boolean | undefined;
  signal?: AbortSignal | undefined;
}

/** Between two looks, in milliseconds. */
const LOOK_MS = 1000;

async function look(
  { home }: Context,
  box: Box,
  signal: AbortSignal | undefined,
): Promise<Usage | undefined> {
  const socket = await tryConnect(home, box);
  if (!socket) return undefined;
  // It may end, or start again, at any moment.
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

async function lookAtAll(
  context: Context,
  boxes: readonly Box[],
  signal: AbortSignal | undefined,
): Promise<Map<string, Usage>> {
  const usages = await allEnded(boxes.map((box) => look(context, box, signal)));
  signal?.throwIfAborted();
  return new Map(boxes.flatMap(({ record }, i) => (usages[i] ? [[record.id, usages[i]]] : [])));
}

/**
 * What boxes use, once a second.
 * @param refs none: all that run
 * @throws BoxError no-such-box, ambiguous-id, also when one of them has been removed
 */
export async function* stats(
  context: Context,
  refs: readonly BoxRef[] = [],
  { all = false, signal }: StatsOptions = {},
): AsyncGenerator<BoxUsage[]> {
  let boxes = await select(context, refs, all);
  let before = await lookAtAll(context, boxes, signal);
  for (let first = true; ; first = false) {
    await setTimeout(LOOK_MS, undefined, { signal });
    if (!first) boxes = await select(context, refs, all);
    const now = await lookAtAll(context, boxes, signal);
    yield boxes.map((box) => ({ box, before: before.get(box.record.id), now: now.get(box.record.id) }));
    before = now;
  }
}
