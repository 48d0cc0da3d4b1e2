import type { Command, CommanderError } from "commander";
import { BoxError } from "../errors.js";
import { COMMANDS } from "./commands.js";
import { MAKERS } from "./makers.js";
import { nearest } from "./nearest.js";
import { noSuchFlag, shorten } from "./words/flag-errors.js";
import { findUnknownFlag } from "./words/global-flags.js";
import { isDockerMode } from "./words/docker-mode.js";
import type { GivenFlag } from "./words/read-flag.js";
import { counted } from "../config/syntax/counted.js";

/** Describes how many arguments a command takes, in Docker's words. */
function demand({ registeredArguments: all }: Command): string {
  const least = all.filter(({ required }) => required).length;
  const most = all.some(({ variadic }) => variadic) ? Infinity : all.length;
  if (most === 0) return "accepts no arguments";
  if (least === most) return `requires ${counted(least, "argument")}`;
  if (most === Infinity) return `requires at least ${counted(least, "argument")}`;
  return least === 0
    ? `requires at most ${counted(most, "argument")}`
    : `requires at least ${least} and at most ${counted(most, "argument")}`;
}

/** The message of a usage error, in Docker's words. @param path full name of the command, such as `box image ls` */
function messageOf({ code, message }: CommanderError, command: Command | undefined, path: string): string {
  const [first = ""] = message.replace(/^error: /, "").split("\n", 1);
  const [, word = first] = /'(.*)'/.exec(first) ?? [];
  switch (code) {
    case "commander.unknownCommand":
      return `unknown command: ${path} ${shorten(word)}`;
    case "commander.missingArgument":
    case "commander.excessArguments":
      return command === undefined ? shorten(first) : `'${path}' ${demand(command)}`;
    default:
      return shorten(first);
  }
}

/** Suggests a word, or else the help of a command. */
function orHelp(meant: string | undefined, path: string): string {
  const help = `see \`${path} --help\``;
  return meant === undefined ? help : `did you mean ${meant}? ${help}`;
}

/** Suggests the nearest command to a mistyped one, or the help. */
async function hintOf(error: CommanderError, command: Command | undefined, path: string): Promise<string> {
  const [, word = ""] = /'([^']*)'/s.exec(error.message) ?? [];
  if (error.code !== "commander.unknownCommand") return orHelp(undefined, path);
  const { UNSUPPORTED_COMMANDS } = await import("./unsupported-commands.js");
  if (command === undefined && Object.hasOwn(UNSUPPORTED_COMMANDS, word))
    return UNSUPPORTED_COMMANDS[word] ?? orHelp(undefined, path);
  const names = command
    ? command.commands.map((below) => below.name())
    : Object.keys(COMMANDS).filter((name) => COMMANDS[name]?.hidden !== true);
  return orHelp(nearest(word, names), path);
}

/** Suggests the nearest flag to a mistyped one, or what box has instead. */
async function hintOfFlag(flag: string, command: Command, path: string): Promise<string> {
  const flags = command.options.filter(({ hidden }) => !hidden).flatMap(({ long }) => long ?? []);
  if (!MAKERS.includes(command.name())) return orHelp(nearest(flag, flags), path);
  const { UNSUPPORTED_FLAGS } = await import("./flags/unsupported-flags.js");
  if (Object.hasOwn(UNSUPPORTED_FLAGS, flag)) return UNSUPPORTED_FLAGS[flag] ?? orHelp(undefined, path);
  return orHelp(nearest(flag, [...flags, "--help"]), path);
}

/** The error for a flag that a command does not have, in Docker's words. @param path full name of the command */
export async function unknownFlag(given: GivenFlag, command: Command, path: string): Promise<BoxError> {
  return noSuchFlag(given, await hintOfFlag(given.name, command, path));
}

/**
 * Converts commander's error for an invalid command line.
 * @param command the command of the line, if found; otherwise `path` is `box`
 * @param words of the line, without the flags before the command
 */
export async function usageError(
  error: CommanderError,
  command: Command | undefined,
  path: string,
  words: readonly string[],
): Promise<BoxError> {
  const [name = "", ...others] = words;
  const { UNSUPPORTED_COMMANDS } = await import("./unsupported-commands.js");
  const isUnknown = command === undefined && !Object.hasOwn(UNSUPPORTED_COMMANDS, name);
  // Docker reads the flags after such a command as its own.
  const unknown = isUnknown && isDockerMode(process.env) ? findUnknownFlag(others) : undefined;
  if (unknown) return noSuchFlag(unknown, await hintOf(error, command, path));
  return new BoxError("usage", messageOf(error, command, path), { hint: await hintOf(error, command, path) });
}
