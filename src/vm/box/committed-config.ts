import { toNanoseconds } from "../../config/syntax/duration.js";
import { mergeEnv, splitEnv } from "../../config/syntax/env.js";
import { volumesOf } from "../../config/spec/mounts.js";
import { specOf } from "../../config/parse-box.js";
import type { RunConfig } from "../../oci/make/run-config.js";
import type { BoxRecord } from "./record.js";

const keysOf = (names: readonly string[]) => Object.fromEntries(names.map((name) => [name, {}]));

/** Returns the object, or undefined if it is empty. */
function filled<T extends object>(object: T): T | undefined {
  return Object.keys(object).length > 0 ? object : undefined;
}

/** `--no-healthcheck` and `--health-cmd` replace the image's check; times and retries override the image's one by one. */
function healthcheckOf(
  { cmd, intervalSecs, timeoutSecs, startPeriodSecs, retries }: BoxRecord["options"]["health"],
  image: RunConfig["Healthcheck"],
): RunConfig["Healthcheck"] {
  const overrides = {
    Test: cmd === null ? undefined : cmd.length === 0 ? ["NONE"] : cmd,
    Interval: toNanoseconds(intervalSecs),
    Timeout: toNanoseconds(timeoutSecs),
    StartPeriod: toNanoseconds(startPeriodSecs),
    Retries: retries ?? undefined,
  };
  const set = Object.entries(overrides).filter(([, value]) => value !== undefined);
  return filled({ ...image, ...Object.fromEntries(set) });
}

/**
 * Returns the configuration of an image committed from a box: that of the box's image with the box's own settings
 * merged into it, as Docker does when it creates a container. ONBUILD is dropped, since it is meant for builds.
 */
export function committedConfig(
  record: Pick<BoxRecord, "config" | "options" | "ports">,
  image: RunConfig,
): RunConfig {
  const { config, options, ports } = record;
  const { entrypointOverride, cmd } = config;
  const spec = specOf(record);
  const anonymous = volumesOf(spec)
    .filter(({ kind, source }) => kind === "volume" && source === "")
    .map(({ target }) => target);
  // As in Docker, the box's own come first.
  const inherited = splitEnv(image.Env ?? []).filter(
    ([name]) => !config.extraEnv.some(([own]) => own === name),
  );
  const env = mergeEnv(config.extraEnv, inherited);
  return {
    ...image,
    User: options.user ?? image.User,
    Env: env.length > 0 ? env : undefined,
    Entrypoint: entrypointOverride === null ? image.Entrypoint : filled(entrypointOverride),
    Cmd: cmd.length > 0 ? cmd : entrypointOverride === null ? image.Cmd : undefined,
    WorkingDir: options.workdir ?? image.WorkingDir,
    ExposedPorts: filled({
      ...image.ExposedPorts,
      ...keysOf(spec.record.expose),
      ...keysOf(ports.map(({ guestPort, protocol }) => `${guestPort}/${protocol}`)),
    }),
    Volumes: filled({ ...image.Volumes, ...keysOf(anonymous) }),
    Labels: filled({ ...image.Labels, ...options.labels }),
    Healthcheck: healthcheckOf(options.health, image.Healthcheck),
    StopSignal: options.stopSignal ?? image.StopSignal,
    OnBuild: undefined,
  };
}
