import type { Box } from "../../engine/boxes.js";
import { int, list, nilPointer, omitEmpty, pointer, struct, text } from "../go/make.js";
import { named, pointerTo, STRING, structType } from "../go/type.js";
import { time } from "../go/time.js";
import type { Value } from "../go/value.js";
import { nineDigits } from "../times.js";
import { isRunning, statusOf } from "./rows.js";

/** Go's zero time, for boxes that never started or exited. */
const NEVER = "0001-01-01T00:00:00Z";

const RESULT = structType("container.HealthcheckResult");

function health({ status, failingStreak, log }: NonNullable<Box["state"]["health"]>): Value {
  const results = log.map(({ start, end, exitCode, output }) =>
    pointer(
      struct(RESULT.name, { Start: time(start), End: time(end), ExitCode: int(exitCode), Output: output }),
    ),
  );
  return struct("container.Health", {
    Status: text(status, named("container.HealthStatus", STRING)),
    FailingStreak: int(failingStreak),
    Log: list(pointerTo(RESULT), results),
  });
}

const timeOr = (known: string | undefined) => (known === undefined ? NEVER : nineDigits(known));

/** Docker's `container.State`. */
export function describeState({ state }: Box): Value {
  const { status, paused = false, exitCode, error, startedAt, finishedAt, oomKilled, pid } = state;
  const neverRan = statusOf(state) === "created";
  return struct("container.State", {
    Status: text(statusOf(state), named("container.ContainerState", STRING)),
    Running: isRunning(state),
    Paused: paused,
    Restarting: status === "restarting",
    OOMKilled: oomKilled ?? false,
    Dead: false,
    Pid: int(status === "running" ? (pid ?? 0) : 0),
    ExitCode: int(exitCode ?? 0),
    Error: error ?? "",
    StartedAt: timeOr(neverRan ? undefined : startedAt),
    FinishedAt: timeOr(neverRan ? undefined : finishedAt),
    Health: omitEmpty(state.health ? pointer(health(state.health)) : nilPointer("container.Health")),
  });
}
