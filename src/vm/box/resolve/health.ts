import type { BoxOptions } from "../../../config/box-options.js";
import { LONGEST_TIMER_MS } from "../../../host/timer.js";
import type { ImageRunConfig } from "../../../oci/image.js";
import type { BoxRecord } from "../record.js";

/** Docker's minimum duration. */
const LEAST_MS = 1;
/** The maximum of `--health-retries`. An image may ask for more than fits into a whole number. */
const MOST_RETRIES = 1_000_000;
const SHELL = ["/bin/sh", "-c"];

/** Parses `CMD` with arguments, or `CMD-SHELL` with a shell command. Returns undefined for `NONE` and anything else. */
function toArgv(test: readonly string[]): string[] | undefined {
  const [kind, ...words] = test;
  if (words.length === 0) return undefined;
  if (kind === "CMD") return words;
  return kind === "CMD-SHELL" ? [...SHELL, ...words.slice(0, 1)] : undefined;
}

/**
 * Resolves the health check: unset flags default to the image's values, and those to Docker's.
 * @returns null if there is no health check
 */
export function resolveHealth(
  { cmd, intervalSecs, timeoutSecs, startPeriodSecs, retries }: BoxOptions["health"],
  image: ImageRunConfig["Healthcheck"],
): BoxRecord["health"] {
  const argv = toArgv(cmd ?? image?.Test ?? []);
  if (!argv) return null;
  const time = (seconds: number | null, nanoseconds: number | null | undefined, fallback: number) => {
    const asked = (seconds ?? 0) > 0 ? (seconds ?? 0) * 1000 : (nanoseconds ?? 0) / 1e6;
    return asked > 0 ? Math.min(Math.max(asked, LEAST_MS), LONGEST_TIMER_MS) : fallback;
  };
  const count = (retries ?? 0) > 0 ? retries : image?.Retries;
  return {
    argv,
    intervalMs: time(intervalSecs, image?.Interval, 30_000),
    timeoutMs: time(timeoutSecs, image?.Timeout, 30_000),
    startPeriodMs: time(startPeriodSecs, image?.StartPeriod, 0),
    startIntervalMs: time(null, image?.StartInterval, 5_000),
    retries: Math.min(Math.max(1, Math.trunc(count ?? 3)), MOST_RETRIES),
  };
}
