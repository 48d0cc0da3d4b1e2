import type { Command } from "commander";
import { PASS_THROUGH, MAKERS } from "../makers.js";
import { printWarning } from "../output/print.js";
import { isDockerMode } from "./docker-mode.js";
import { unknownFlag } from "../usage-error.js";
import { asksForHelp, canonicalWords, sortWords } from "./canonical.js";

/** Only people read this: the output of scripts is the program's. */
function warnOfDoubt(words: readonly string[], { message }: Error): void {
  if (process.stderr.isTTY) printWarning(`\`${words.join(" ")}\` is passed to the program: ${message}`);
}

/** Finds the subcommand that the words after a command begin with, or else stays with the command. */
export function findSubcommand(
  command: Command,
  words: readonly string[],
): { command: Command; path: string; words: readonly string[] } {
  const path = `box ${command.name()}`;
  const [name, ...rest] = words;
  const below = command.commands.find((one) => one.name() === name || one.aliases().includes(name ?? ""));
  if (below === undefined) return { command, path, words };
  return { command: below, path: `${path} ${below.name()}`, words: rest };
}

async function prepareOwn(
  command: Command,
  path: string,
  words: readonly string[],
  env: Readonly<NodeJS.ProcessEnv>,
): Promise<string[]> {
  const name = command.name();
  const isMaker = MAKERS.includes(name);
  let sorted = sortWords(command.options, words, !isMaker && !PASS_THROUGH.includes(name));
  if (isMaker && sorted.operands.length > 1 && !isDockerMode(env) && !isTerminated(words, sorted.operands)) {
    const { takeFlagsAfterImage } = await import("./after-image.js");
    sorted = await takeFlagsAfterImage(command, sorted, warnOfDoubt);
  }
  const [first] = sorted.flags.filter((flag) => asksForHelp(flag) || flag.option === undefined);
  if (first !== undefined && !asksForHelp(first)) throw await unknownFlag(first, command, path);
  return canonicalWords(command, sorted);
}

/**
 * Rewrites the words after a command, which may be in any form that Docker accepts, for commander.
 * @throws BoxError invalid-flag
 */
export async function prepareWords(
  command: Command,
  words: readonly string[],
  env: Readonly<NodeJS.ProcessEnv>,
): Promise<string[]> {
  const { command: own, path, words: rest } = findSubcommand(command, words);
  const prepared = await prepareOwn(own, path, rest, env);
  return own === command ? prepared : [own.name(), ...prepared];
}

/** Whether `--` stands before the image: then, all words after it are as in Docker. */
function isTerminated(words: readonly string[], operands: readonly string[]): boolean {
  return words[words.length - operands.length - 1] === "--";
}
