import { splitEnv, writeEnv, type Variable } from "../../config/syntax/env.js";
import type { ImageRunConfig } from "../../oci/image.js";
import { duration } from "../go/duration.js";
import { int, list, nilPointer, omitEmpty, pointer, set, strings, struct } from "../go/make.js";
import { named, STRING } from "../go/type.js";
import type { Value } from "../go/value.js";
import { PORT, WORDS } from "./types.js";

const PORT_SET = named("nat.PortSet", set(undefined, PORT).type);

type Words = readonly string[] | null | undefined;

/** nil unless there are any. */
const wordsOrNil = (words: Words) => list(STRING, words?.length ? words : undefined, WORDS);
const keysOrNil = (object: object | null | undefined) => {
  const keys = Object.keys(object ?? {});
  return keys.length > 0 ? keys : undefined;
};

/** Docker's `v1.HealthcheckConfig`. */
export function describeHealthcheck(check: NonNullable<ImageRunConfig["Healthcheck"]>): Value {
  const { Test, Interval, Timeout, StartPeriod, StartInterval, Retries } = check;
  return struct("v1.HealthcheckConfig", {
    Test: omitEmpty(list(STRING, Test ?? undefined)),
    Interval: omitEmpty(duration(Interval ?? 0)),
    Timeout: omitEmpty(duration(Timeout ?? 0)),
    StartPeriod: omitEmpty(duration(StartPeriod ?? 0)),
    StartInterval: omitEmpty(duration(StartInterval ?? 0)),
    Retries: omitEmpty(int(Math.trunc(Retries ?? 0))),
  });
}

/** Settings that the configuration of an image does not have. */
export interface OwnConfig {
  hostname: string;
  domainname: string;
  attachStdin: boolean;
  attached: boolean;
  tty: boolean;
  openStdin: boolean;
  stdinOnce: boolean;
  image: string;
  stopTimeoutSecs: number | null;
}

/** The configuration of an image, and of a container those fields of it that have the same names. */
type Merged = ImageRunConfig & { OnBuild?: Words; Shell?: Words };

/** Docker's `container.Config`. @param config of the image, with the settings of the box merged into it */
export function containerConfig(config: Merged, own: OwnConfig): Value {
  const { Healthcheck: check } = config;
  const timeout = own.stopTimeoutSecs;
  return struct("container.Config", {
    Hostname: own.hostname,
    Domainname: own.domainname,
    User: config.User ?? "",
    AttachStdin: own.attachStdin,
    AttachStdout: own.attached,
    AttachStderr: own.attached,
    ExposedPorts: omitEmpty(set(keysOrNil(config.ExposedPorts), PORT, PORT_SET)),
    Tty: own.tty,
    OpenStdin: own.openStdin,
    StdinOnce: own.stdinOnce,
    Env: list(STRING, config.Env?.length ? config.Env : undefined),
    Cmd: wordsOrNil(config.Cmd),
    Healthcheck: omitEmpty(check ? pointer(describeHealthcheck(check)) : nilPointer("v1.HealthcheckConfig")),
    ArgsEscaped: omitEmpty(false),
    Image: own.image,
    Volumes: set(keysOrNil(config.Volumes)),
    WorkingDir: config.WorkingDir ?? "",
    Entrypoint: wordsOrNil(config.Entrypoint),
    NetworkDisabled: omitEmpty(false),
    MacAddress: omitEmpty(""),
    OnBuild: list(STRING, config.OnBuild?.length ? config.OnBuild : undefined),
    Labels: strings(config.Labels ?? undefined),
    StopSignal: omitEmpty(config.StopSignal ?? ""),
    StopTimeout: omitEmpty(timeout === null ? nilPointer("int") : pointer(int(timeout))),
    Shell: omitEmpty(wordsOrNil(config.Shell)),
  });
}

/** The variables as Docker lists them: those of the box, those to remove as names alone; then those that only the image sets. */
export function mergedEnv(own: readonly Variable[], image: Words): string[] {
  const inherited = splitEnv(image ?? []).filter(([name]) => !own.some(([known]) => known === name));
  return [...own.flatMap((variable) => writeEnv([variable])), ...writeEnv(inherited)];
}
