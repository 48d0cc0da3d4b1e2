import { toNanoseconds } from "../../config/syntax/duration.js";
import { mergeEnv, splitEnv } from "../../config/syntax/env.js";
import { volumesOf } from "../../config/spec/mounts.js";
import { specOf } from "../../config/parse-box.js";
import type { RunConfig } from "../../oci/make/run-config.js";
import type { BoxRecord } from "./record.js";

const keysOf = (names: readonly string[]) => Object.fromEntries(names.map((name) => [name, {}]));

/** An object that has something in it; undefined leaves it out. */
function filled<T extends object>(object: T): T | undefined {
  return Object.keys(object).length > 0 ? object : undefined;
}

/** `--no-healthcheck` and `--health-cmd` take the place of the image's check; each time and the number counts by itself. */
function healthcheckOf(
  { cmd, intervalSecs, timeoutSecs, startPeriodSecs, retries }: BoxRecord["options"]["health"],
  image: RunConfig["Healthcheck"],
): RunConfig["Healthcheck"] {
  const said = {
    Test: cmd === null ? undefined : cmd.length === 0 ? ["NONE"] : cmd,
    Interval: toNanoseconds(intervalSecs),
    Timeout: toNanoseconds(timeoutSecs),
    StartPeriod: toNanoseconds(startPeriodSecs),
    Retries: retries ?? undefined,
  };
  const set = Object.entries(said).filter(([, value]) => value !== undefined);
  return filled({ ...image, ...Object.fromEntries(set) });
}

/**
 * The configuration of an image made of a box: its image's, and what the box was told to have otherwise, as Docker
 * merges them when it makes a container. ONBUILD was for who builds on the image.
 */
export function committedConfig(
  record: Pick<BoxRecord, "config" | "options" | "ports">,
  image: RunConfig,
): RunConfig {
  const { config, options, ports } = record;
  const { entrypointOverride, cmd } = config;
  const anonymous = volumesOf(specOf(record))
    .filter(({ kind, source }) => kind === "volume" && source === "")
    .map(({ target }) => target);
  const env = mergeEnv(splitEnv(image.Env ?? []), config.extraEnv);
  return {
    ...image,
    User: options.user ?? image.User,
    Env: env.length > 0 ? env : undefined,
    Entrypoint: entrypointOverride === null ? image.Entrypoint : filled(entrypointOverride),
    Cmd: cmd.length > 0 ? cmd : entrypointOverride === null ? image.Cmd : undefined,
    WorkingDir: options.workdir ?? image.WorkingDir,
    ExposedPorts: filled({
      ...image.ExposedPorts,
      ...keysOf(ports.map(({ guestPort, protocol }) => `${guestPort}/${protocol}`)),
    }),
    Volumes: filled({ ...image.Volumes, ...keysOf(anonymous) }),
    Labels: filled({ ...image.Labels, ...options.labels }),
    Healthcheck: healthcheckOf(options.health, image.Healthcheck),
    StopSignal: options.stopSignal ?? image.StopSignal,
    OnBuild: undefined,
  };
}
