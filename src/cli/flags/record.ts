import { Option, type Command } from "commander";
import { parseDuration } from "../../config/syntax/duration.js";
import { parseLabel, parseLabelFile } from "../../config/syntax/label.js";
import { parseLogOpt } from "../../config/syntax/log-opt.js";
import { formatRestart, parseRestart } from "../../config/syntax/restart.js";
import { quote } from "../../config/syntax/quote.js";
import { naming } from "../../errors.js";
import type { OptionsInput } from "./merge.js";
import { checked, collect, named, parseWhole } from "./parse.js";
import { readFlagFile } from "./read-file.js";

export const restartOption = (): Option =>
  new Option(
    "--restart <policy>",
    "when to start it again: no, on-failure[:TIMES], always or unless-stopped",
  ).argParser(named("--restart", (text) => formatRestart(parseRestart(text))));

export interface RecordFlags {
  name?: string;
  detach?: boolean;
  rm?: boolean;
  label?: string[];
  labelFile?: string[];
  cidfile?: string;
  restart?: string;
  logOpt?: string[];
  healthCmd?: string;
  healthInterval?: number;
  healthTimeout?: number;
  healthRetries?: number;
  healthStartPeriod?: number;
  /** False: `--no-healthcheck`. */
  healthcheck: boolean;
}

/** What `box run` has and `box create` has not. */
export function addDetachFlag(command: Command): Command {
  return command.optionsGroup("Box:").option("-d, --detach", "run in the background and print the box's id");
}

export function addRecordFlags(command: Command): Command {
  return command
    .optionsGroup("Box:")
    .option("--name <name>", "name of the box (made up)")
    .option("--rm", "remove the box when it ends")
    .option("-l, --label <name=value>", "attach a label", checked("-l", parseLabel))
    .option("--label-file <file>", "attach labels from a file of NAME=VALUE lines", collect)
    .option("--cidfile <file>", "write the box's id to a new file")
    .addOption(restartOption())
    .option(
      "--log-opt <name=value>",
      "max-size=SIZE: when the log is put aside (20m; -1: never); max-file=NUMBER: how many files are kept (5)",
      checked("--log-opt", parseLogOpt),
    )
    .optionsGroup("Health:")
    .option("--health-cmd <command>", "line for the box's shell that tells whether it is well (the image's)")
    .option(
      "--health-interval <time>",
      "time between checks (30s)",
      named("--health-interval", (text) => parseDuration(text)),
    )
    .option(
      "--health-timeout <time>",
      "how long a check may take (30s)",
      named("--health-timeout", (text) => parseDuration(text)),
    )
    .option(
      "--health-start-period <time>",
      "time to start, in which failures do not count",
      named("--health-start-period", (text) => parseDuration(text)),
    )
    .option(
      "--health-retries <number>",
      "failures in a row that make a box unhealthy (3)",
      parseWhole("--health-retries", 0, 1_000_000),
    )
    .option("--no-healthcheck", "do not use the image's health check");
}

async function readLabels(flags: RecordFlags): Promise<Record<string, string>> {
  const files = await Promise.all(
    (flags.labelFile ?? []).map(async (path) => {
      const bytes = await readFlagFile(path, "--label-file");
      return naming(`--label-file ${quote(path)}`, () => parseLabelFile(bytes));
    }),
  );
  const labels = new Map([...files.flat(), ...(flags.label ?? []).map(parseLabel)]);
  return Object.fromEntries(labels);
}

/** @throws BoxError invalid-label-file, invalid-file */
export async function toRecordOptions(flags: RecordFlags): Promise<OptionsInput> {
  return {
    autoRemove: flags.rm,
    stdinOnce: flags.detach !== true,
    labels: await readLabels(flags),
    restart: flags.restart,
    logOpt: flags.logOpt?.map(parseLogOpt),
    health: {
      cmd: flags.healthcheck ? (flags.healthCmd === undefined ? null : ["CMD-SHELL", flags.healthCmd]) : [],
      intervalSecs: flags.healthInterval,
      timeoutSecs: flags.healthTimeout,
      startPeriodSecs: flags.healthStartPeriod,
      retries: flags.healthRetries,
    },
  };
}
