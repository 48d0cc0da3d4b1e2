import { exitCodeOfStart } from "../../config/exit-codes.js";
import { restartOf } from "../../config/spec/lasting.js";
import type { RestartPolicy } from "../../config/syntax/restart.js";
import { readRecordFileSync } from "../../host/read.js";
import { boxFiles } from "../box/files.js";
import type { BoxRecord, BoxState } from "../box/record.js";
import type { Event } from "../protocol/control/wire.js";
import type { Failure } from "./failure.js";
import { planRestart } from "./restart.js";
import { toExitCode, type GuestExit } from "./session.js";

/** How a run of a box ended. */
export type Outcome = { kind: "exited"; exit: GuestExit } | { kind: "failed"; failure: Failure };

/** Why the run was ended, if it was ended on purpose. */
export interface StopIntent {
  /** A command, or box itself, stopped the box: it stays stopped. */
  stopped: boolean;
  /** The command that stopped it will start it again. */
  again: boolean;
  /** The host is shutting down: the box stays stopped until the host is up again. */
  leaving: boolean;
  /** Why box ended the run, if no command did. */
  reason?: string;
}

export function describeOutcome(outcome: Outcome): string {
  if (outcome.kind === "failed") return `failed: ${outcome.failure.message}`;
  const { code, signal, oomKilled } = outcome.exit;
  return `exited ${signal === undefined ? `with code ${code}` : `on signal ${signal}`}${oomKilled ? ", out of memory" : ""}`;
}

export function toEvent(outcome: Outcome, { reason }: StopIntent): Event {
  if (outcome.kind === "failed") return { event: "failed", ...outcome.failure };
  const { exit } = outcome;
  const why = reason === undefined ? {} : { reason };
  return { event: "exited", exitCode: toExitCode(exit), oomKilled: exit.oomKilled, ...why };
}

/** The policy may have been changed since the box was started. */
function policyOf(folder: string, { options }: BoxRecord): RestartPolicy {
  try {
    return restartOf(
      (JSON.parse(readRecordFileSync(boxFiles(folder).record).toString()) as BoxRecord).options,
    );
  } catch {
    return restartOf(options);
  }
}

/**
 * Returns the state to record at the end of a run: exited, or about to restart.
 * @param before the state recorded during the run
 * @param intent `running`: the workload had started; a box that failed to start is not restarted, as it would fail
 *   again; `neverRan`: neither had an earlier start
 */
export function toEndState(
  folder: string,
  record: BoxRecord,
  before: BoxState,
  outcome: Outcome,
  intent: StopIntent & { running: boolean; neverRan: boolean },
): BoxState {
  const { startedAt = "", restartCount = 0, backoffMs = 0 } = before;
  const finishedAt = new Date().toISOString();
  const error = outcome.kind === "failed" ? outcome.failure.message : intent.reason;
  const exitCode =
    outcome.kind === "failed" ? exitCodeOfStart(outcome.failure.code) : toExitCode(outcome.exit);
  const ended = {
    startedAt,
    finishedAt,
    paused: undefined,
    exitCode,
    ...(outcome.kind === "failed" ? {} : { oomKilled: outcome.exit.oomKilled }),
    ...(error === undefined ? {} : { error }),
    ...(outcome.kind === "failed" && intent.neverRan && !intent.running ? { neverRan: true } : {}),
  };
  const uptimeMs = Date.parse(finishedAt) - Date.parse(startedAt);
  const stopped = intent.stopped || intent.leaving || !intent.running;
  const plan = planRestart(
    policyOf(folder, record),
    { exitCode, stopped, uptimeMs },
    { restartCount, backoffMs },
  );
  if (plan) return { ...ended, status: "restarting", ...plan };
  const counted = restartCount > 0 ? { restartCount } : {};
  return { ...ended, status: "exited", ...counted };
}
