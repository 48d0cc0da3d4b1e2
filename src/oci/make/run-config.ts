import { posix } from "node:path";
import * as z from "zod/mini";
import { BoxError, naming } from "../../errors.js";
import type { Change } from "../../config/syntax/change.js";
import { toNanoseconds } from "../../config/syntax/duration.js";
import { mergeEnv, splitEnv } from "../../config/syntax/env.js";
import type { Healthcheck } from "../../config/syntax/healthcheck.js";
import { quote } from "../../config/syntax/quote.js";
import { parseSignal } from "../../config/syntax/signal.js";
import { expandWord } from "../../config/syntax/words.js";
import { ImageRunConfig } from "../image.js";

/** `config` of an image configuration, including the fields that box does not use. */
export const RunConfig = z.looseObject({ ...ImageRunConfig.shape, OnBuild: z.nullish(z.array(z.string())) });
export type RunConfig = z.infer<typeof RunConfig>;

const LAST_PORT = 65_535;

function refuse(instruction: string, text: string, reason: string, hint?: string): BoxError {
  const subject = `change ${instruction}`;
  return new BoxError("invalid-change", `${quote(text)} ${reason}`, { subject, hint });
}

/** Parses `80`, `53/udp` or `8000-8010`. @returns ports such as `80/tcp` */
function parseExposed(text: string): string[] {
  const [, first = "", last = first, protocol = "tcp"] =
    /^(\d{1,5})(?:-(\d{1,5}))?(?:\/(tcp|udp|sctp))?$/.exec(text.toLowerCase()) ?? [];
  const [from, to] = [Number(first), Number(last)];
  if (first === "" || from < 1 || from > to || to > LAST_PORT) {
    throw refuse("EXPOSE", text, "is not a port", "write PORT[-PORT][/tcp or /udp], such as 80 or 53/udp");
  }
  return Array.from({ length: to - from + 1 }, (_, i) => `${from + i}/${protocol}`);
}

/** Omits what is not specified; defaults apply when the image is run. */
function toImageHealthcheck({ test, times, retries }: Healthcheck): RunConfig["Healthcheck"] {
  return {
    Test: test,
    Interval: toNanoseconds(times.interval),
    Timeout: toNanoseconds(times.timeout),
    StartPeriod: toNanoseconds(times["start-period"]),
    StartInterval: toNanoseconds(times["start-interval"]),
    Retries: retries,
  };
}

const keysOf = (names: readonly string[]) => Object.fromEntries(names.map((name) => [name, {}]));

function applyOne(config: RunConfig, change: Change, cmdWasSet: boolean): RunConfig {
  const { instruction } = change;
  const variables = new Map(splitEnv(config.Env ?? []));
  const expand = (word: string) =>
    expandWord(
      word,
      (name) => variables.get(name),
      (reason) => refuse(instruction, word, reason),
    );
  switch (instruction) {
    case "CMD":
      return { ...config, Cmd: change.argv };
    case "ENTRYPOINT":
      // The CMD of the image was meant as arguments of the old entrypoint.
      return { ...config, Entrypoint: change.argv, Cmd: cmdWasSet ? config.Cmd : undefined };
    case "ENV":
    case "LABEL": {
      const pairs = change.pairs.map(([name, value]): [string, string] => [expand(name), expand(value)]);
      const [nameless] = pairs.filter(([name]) => name === "");
      if (nameless) throw refuse(instruction, nameless.join("="), "has no name");
      if (instruction === "ENV") return { ...config, Env: mergeEnv([...variables], pairs) };
      return { ...config, Labels: { ...config.Labels, ...Object.fromEntries(pairs) } };
    }
    case "EXPOSE":
      return {
        ...config,
        ExposedPorts: { ...config.ExposedPorts, ...keysOf(change.words.map(expand).flatMap(parseExposed)) },
      };
    case "VOLUME": {
      const paths = change.words.map((word) => expand(word).trim());
      if (paths.includes("")) throw refuse(instruction, change.words.join(" "), "contains an empty path");
      return { ...config, Volumes: { ...config.Volumes, ...keysOf(paths) } };
    }
    case "HEALTHCHECK":
      return { ...config, Healthcheck: toImageHealthcheck(change.check) };
    case "STOPSIGNAL": {
      const signal = expand(change.word);
      naming("change STOPSIGNAL", () => parseSignal(signal));
      return { ...config, StopSignal: signal };
    }
    case "USER":
      return { ...config, User: expand(change.word) };
    case "WORKDIR":
      return { ...config, WorkingDir: posix.resolve("/", config.WorkingDir ?? "", expand(change.word)) };
    case "ONBUILD":
      return { ...config, OnBuild: [...(config.OnBuild ?? []), change.word] };
  }
}

/**
 * Applies Dockerfile instructions to an image's configuration, in order. Variables in an instruction refer to the
 * environment of the configuration at that point.
 * @throws BoxError invalid-change, invalid-signal
 */
export function applyChanges(config: RunConfig, changes: readonly Change[]): RunConfig {
  let changed = config;
  let cmdWasSet = false;
  for (const change of changes) {
    changed = applyOne(changed, change, cmdWasSet);
    cmdWasSet ||= change.instruction === "CMD";
  }
  return changed;
}
