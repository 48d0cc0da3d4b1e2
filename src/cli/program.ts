import { Command, CommanderError } from "commander";
import { BoxError } from "../errors.js";
import { COMMANDS } from "./commands.js";
import { endIfAsked } from "./ending.js";
import { exitCodeOf } from "./exit-code.js";
import { helpOptionOf } from "./help/page.js";
import { programText } from "./help/program-text.js";
import { helpText } from "./help/text.js";
import { printHelp, printLine } from "./output/print.js";
import { reportForBox } from "./output/report.js";
import { helpWidth } from "./output/width.js";
import { usageError } from "./usage-error.js";
import { versionLine } from "./version.js";
import { closeStdin } from "./stdin.js";
import { isDockerMode } from "./words/docker-mode.js";
import { checkEndpoint } from "./words/endpoint.js";
import { readGlobalFlags } from "./words/global-flags.js";
import { expandGroup } from "./words/groups.js";
import { addSubcommands } from "./words/subcommands.js";
import { findSubcommand, prepareWords } from "./words/prepare.js";

const widthOfHelp = () => helpWidth(process.stdout, process.env["COLUMNS"]);

/** Makes a command and its subcommands throw instead of printing and exiting, and use our help. */
function quiet(command: Command): Command {
  for (const below of command.commands) quiet(below);
  return command
    .exitOverride()
    .configureOutput({ writeErr: () => undefined, outputError: () => undefined })
    .configureHelp({ formatHelp: (shown) => helpText(shown, widthOfHelp()) })
    .showSuggestionAfterError(false)
    .helpCommand(false)
    .helpOption(helpOptionOf(command).flags, "print usage");
}

/** Loads the definition of a single command. */
export async function loadCommand(name: string, exit: (code: number) => void): Promise<Command | undefined> {
  const entry = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (!entry) return undefined;
  const { command } = await entry.load();
  return quiet(addSubcommands(command(exit))).summary(entry.summary);
}

/** Finds the command or subcommand that a command line names, and its full name. */
async function findCommand(
  words: readonly string[],
): Promise<{ command: Command | undefined; path: string }> {
  const [name = "", second = ""] = words;
  const command = await loadCommand(name, () => undefined);
  if (command === undefined) return { command, path: "box" };
  return findSubcommand(command, [second]);
}

async function buildProgram(
  words: readonly string[],
): Promise<{ program: Command; words: string[]; code: () => number }> {
  let code = 0;
  // Commander parses flags only in the places where prepareWords writes them.
  const program = quiet(new Command("box")).enablePositionalOptions();
  const [name = ""] = words;
  let prepared = [...words];
  for (const key of Object.keys(COMMANDS)) {
    if (key !== name) {
      program.command(key);
      continue;
    }
    const loaded = await loadCommand(key, (value) => (code = value));
    if (!loaded) continue;
    program.addCommand(loaded);
    prepared = [key, ...(await prepareWords(loaded, words.slice(1), process.env))];
  }
  return { program, words: prepared, code: () => code };
}

/** `box help`, `box help run`, `box help image ls`. @throws BoxError usage */
async function showHelp(topic: readonly string[]): Promise<void> {
  if (topic.length === 0) {
    printHelp(programText(widthOfHelp()), "stdout");
    return;
  }
  const { command, path } = await findCommand(topic);
  if (command === undefined || path.split(" ").length <= topic.length) {
    const word = topic.join(" ").slice(0, 300);
    throw new BoxError("usage", `unknown help topic: ${word}`, { hint: `see \`${path} --help\`` });
  }
  printHelp(helpText(command, widthOfHelp()), "stdout");
}

/** Whether flags of a command ask for stack traces. */
const asksForTraces = (words: readonly string[]) =>
  words.some(
    (word, i) => word === "--log-level=debug" || (word === "--log-level" && words[i + 1] === "debug"),
  );

/**
 * Runs one command line.
 * @returns the exit code of the process
 */
export async function runProgram(line: readonly string[]): Promise<number> {
  let words = line;
  let debug = asksForTraces(line);
  try {
    if (line[0] === "__complete") {
      const { complete } = await import("./complete.js");
      await complete(line.slice(1), (name) => loadCommand(name, () => undefined));
      return 0;
    }
    if (line[0] === "__failed") {
      const { failureFrom } = await import("./failed.js");
      words = ["run"];
      throw failureFrom(line[1] ?? "");
    }
    const { flags, rest } = readGlobalFlags(line);
    words = expandGroup(rest);
    debug ||= flags.debug;
    if (flags.config !== undefined) process.env["DOCKER_CONFIG"] = flags.config;
    if (flags.print === "version") {
      printLine(versionLine(isDockerMode(process.env)));
      return 0;
    }
    if (flags.print === "help" || words[0] === "help") {
      await showHelp(flags.print === "help" ? [] : words.slice(1));
      return 0;
    }
    // As in Docker, help that was not asked for goes to stderr.
    if (words.every((word) => word === "--")) {
      printHelp(programText(widthOfHelp()), "stderr");
      return 0;
    }
    if (isDockerMode(process.env) && words[0] !== "context")
      checkEndpoint(process.env, flags.endpoint === true);
    const { program, words: prepared, code } = await buildProgram(words);
    await program.parseAsync(prepared, { from: "user" });
    await endIfAsked();
    return code();
  } catch (error) {
    await endIfAsked();
    if (error instanceof CommanderError && error.exitCode === 0) return 0;
    let explained = error;
    if (error instanceof CommanderError) {
      const { command, path } = await findCommand(words);
      // A command group without a subcommand.
      if (command !== undefined && error.code === "commander.help") {
        printHelp(helpText(command, widthOfHelp()), "stderr");
        return 0;
      }
      explained = await usageError(error, command, path, words);
    }
    return exitCodeOf(await reportForBox(explained, debug), words[0] ?? "");
  } finally {
    closeStdin();
  }
}
