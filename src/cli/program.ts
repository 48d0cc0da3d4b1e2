import { Command, CommanderError } from "commander";
import { BoxError } from "../errors.js";
import { COMMANDS } from "./commands.js";
import { endIfAsked } from "./ending.js";
import { exitCodeOf } from "./exit-code.js";
import { helpOptionOf } from "./help/page.js";
import { programText } from "./help/program-text.js";
import { helpText } from "./help/text.js";
import { printHelp } from "./output/print.js";
import { reportForBox } from "./output/report.js";
import { helpWidth } from "./output/width.js";
import { usageError } from "./usage-error.js";
import { VERSION } from "./version.js";
import { closeStdin } from "./stdin.js";

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
  return quiet(command(exit)).summary(entry.summary);
}

/** Finds the command or subcommand that a command line names, and its full name. */
async function findCommand(
  words: readonly string[],
): Promise<{ command: Command | undefined; path: string }> {
  const [name = "", second = ""] = words;
  const command = await loadCommand(name, () => undefined);
  if (command === undefined) return { command, path: "box" };
  const below = command.commands.find((one) => one.name() === second || one.aliases().includes(second));
  const path = `box ${name}`;
  return below === undefined ? { command, path } : { command: below, path: `${path} ${below.name()}` };
}

async function buildProgram(
  words: readonly string[],
): Promise<{ program: Command; words: string[]; code: () => number }> {
  let code = 0;
  const program = quiet(new Command("box"))
    .configureHelp({ formatHelp: () => programText(widthOfHelp()) })
    .version(`box version ${VERSION}`, "-v, --version", "print version information")
    // Otherwise `-v` of a command would be parsed as `--version`.
    .enablePositionalOptions();
  const [name = ""] = words;
  let prepared = [...words];
  for (const [key, entry] of Object.entries(COMMANDS)) {
    if (key !== name) {
      program.command(key);
      continue;
    }
    const loaded = await loadCommand(key, (value) => (code = value));
    if (!loaded) continue;
    program.addCommand(loaded);
    const { prepare } = await entry.load();
    if (prepare) prepared = [key, ...prepare(loaded, words.slice(1))];
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

/**
 * Runs one command line.
 * @returns the exit code of the process
 */
export async function runProgram(words: readonly string[]): Promise<number> {
  const debug = words.some(
    (word, i) => word === "--log-level=debug" || (word === "--log-level" && words[i + 1] === "debug"),
  );
  const [first = ""] = words;
  try {
    if (first === "__complete") {
      const { complete } = await import("./complete.js");
      await complete(words.slice(1), (name) => loadCommand(name, () => undefined));
      return 0;
    }
    if (first === "help") {
      await showHelp(words.slice(1));
      return 0;
    }
    // As in Docker, help that was not asked for goes to stderr.
    if (words.length === 0) {
      printHelp(programText(widthOfHelp()), "stderr");
      return 0;
    }
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
      explained = await usageError(error, command, path);
    }
    const command = Object.hasOwn(COMMANDS, first) || first === "help" ? first : undefined;
    return exitCodeOf(await reportForBox(explained, debug), command);
  } finally {
    closeStdin();
  }
}
