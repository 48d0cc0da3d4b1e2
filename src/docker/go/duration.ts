import { formatDuration } from "../../config/syntax/duration.js";
import { int } from "./make.js";
import { INT64, named } from "./type.js";
import type { Value } from "./value.js";

const DURATION = named("time.Duration", INT64);

/** A `time.Duration`: a number of nanoseconds, which prints as `1m30s`. */
export function duration(nanoseconds: number): Value {
  const text = nanoseconds < 0 ? `-${formatDuration(-nanoseconds / 1e9)}` : formatDuration(nanoseconds / 1e9);
  return { ...int(Math.trunc(nanoseconds), DURATION), string: () => text };
}
