import type { Command } from "commander";
import { callerEnvironment } from "../../host/caller-environment.js";
import { BoxError, naming } from "../../errors.js";
import { parseBoxPath } from "../../config/syntax/box-path.js";
import { parseEnvFile } from "../../config/syntax/env-file.js";
import { parseEnv } from "../../config/syntax/env.js";
import { parseHostname } from "../../config/syntax/hostname.js";
import { quote } from "../../config/syntax/quote.js";
import { parseSignal } from "../../config/syntax/signal.js";
import type { ConfigInput, OptionsInput } from "./merge.js";
import { checked, collect, named, parseWhole } from "./parse.js";
import { readFlagFile } from "./read-file.js";

export interface ProcessFlags {
  interactive?: boolean;
  tty?: boolean;
  env?: string[];
  envFile?: string[];
  workdir?: string;
  user?: string;
  groupAdd?: string[];
  hostname?: string;
  entrypoint?: string;
  init?: boolean;
  stopSignal?: string;
  stopTimeout?: number;
}

function parseWorkdir(text: string): string {
  return parseBoxPath(text, (reason) => new BoxError("invalid-workdir", `-w: ${quote(text)} ${reason}`));
}

/** A name of users or groups, or a number: what /etc/passwd and /etc/group can hold. */
function parseAccount(flag: string, pattern: RegExp): (text: string) => string {
  return (text) => {
    if (pattern.test(text) && text.length <= 256) return text;
    throw new BoxError("invalid-user", `${flag}: ${quote(text)} is neither a name nor a number`);
  };
}

/** Real-time signals are kept as numbers, as Node does not know their names. */
function parseStopSignal(text: string): string {
  const number = naming("--stop-signal", () => parseSignal(text));
  return /rt/i.test(text) ? String(number) : text;
}

/** Flags of every command that runs a program in a box. */
export function addExecFlags(command: Command): Command {
  return command
    .option("-i, --interactive", "carry standard input to the box")
    .option("-t, --tty", "give the program a terminal")
    .option("-e, --env <NAME=VALUE>", "set a variable; NAME alone passes on your value", collect)
    .option("--env-file <file>", "set variables from a file of NAME=VALUE lines", collect)
    .option("-w, --workdir <path>", "working folder in the box", parseWorkdir)
    .option(
      "-u, --user <user[:group]>",
      "user to run as, names or numbers",
      parseAccount("-u", /^[^\s:/\u0000-\u001f]*(:[^\s:/\u0000-\u001f]*)?$/),
    );
}

export function addProcessFlags(command: Command): Command {
  const group = parseAccount("--group-add", /^[^\s:,/\u0000-\u001f]+$/);
  return addExecFlags(command.optionsGroup("Process:"))
    .option("--group-add <group>", "another group of the user", checked("--group-add", group))
    .option("--entrypoint <command>", "replace the image's entrypoint; empty clears it")
    .option("-h, --hostname <name>", "host name of the box (from its id)", named("-h", parseHostname))
    .option("--init", "run a small init that reaps processes as process 1")
    .option("--stop-signal <signal>", "signal that asks the program to end (the image's)", parseStopSignal)
    .option(
      "--stop-timeout <seconds>",
      "how long it may take to end; -1: for ever",
      parseWhole("--stop-timeout", -1, 2_147_483),
    );
}

/**
 * Variables in the order in which they hold: files first, then -e; the last one of a name wins.
 * @throws BoxError invalid-env, invalid-env-file, invalid-file
 */
export async function readEnv(flags: ProcessFlags): Promise<[string, string][]> {
  const caller = callerEnvironment(process.env);
  const files = await Promise.all(
    (flags.envFile ?? []).map(async (path) => {
      const bytes = await readFlagFile(path, "--env-file");
      return naming(`--env-file ${quote(path)}`, () => parseEnvFile(bytes, caller));
    }),
  );
  const single = (flags.env ?? []).flatMap((text) => {
    const pair = naming("-e", () => parseEnv(text, caller));
    return pair ? [pair] : [];
  });
  return [...files.flat(), ...single];
}

/** @throws BoxError invalid-env, invalid-env-file, invalid-file */
export async function toProcess(
  flags: ProcessFlags,
): Promise<Pick<ConfigInput, "extraEnv" | "entrypointOverride">> {
  return {
    extraEnv: await readEnv(flags),
    ...(flags.entrypoint === undefined
      ? {}
      : { entrypointOverride: flags.entrypoint === "" ? [] : [flags.entrypoint] }),
  };
}

export function toProcessOptions(flags: ProcessFlags): OptionsInput {
  return {
    stdin: flags.interactive,
    tty: flags.tty,
    user: flags.user,
    groupAdd: flags.groupAdd,
    workdir: flags.workdir,
    hostname: flags.hostname,
    init: flags.init,
    stopSignal: flags.stopSignal,
    stopTimeoutSecs: flags.stopTimeout,
  };
}
