import { Command, CommanderError } from "commander";
import { BoxError } from "../errors.js";
import { COMMANDS } from "./commands.js";
import { endIfAsked } from "./ending.js";
import { exitCodeOf } from "./exit-code.js";
import { MAKERS } from "./makers.js";
import { nearest } from "./nearest.js";
import { reportForBox } from "./output/report.js";
import { VERSION } from "./version.js";
import { closeStdin } from "./stdin.js";

const EXAMPLES = `
Examples:
  box run nginx:alpine -p 8080:80             serve on port 8080
  box run --rm -v "$PWD":/src alpine ls /src   run one command, keep nothing
  box ps -a                                   list all boxes

\`box COMMAND --help\` tells more about a command.`;

/** Makes a command, and those below it, throw instead of printing and exiting. */
function quiet(command: Command): Command {
  for (const below of command.commands) quiet(below);
  return command
    .exitOverride()
    .configureOutput({ writeErr: () => undefined, outputError: () => undefined })
    .showSuggestionAfterError(false)
    .helpCommand(false)
    .helpOption("--help", "show this help");
}

/** Loads the one command that is asked for. */
export async function loadCommand(name: string, exit: (code: number) => void): Promise<Command | undefined> {
  const entry = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (!entry) return undefined;
  const { command } = await entry.load();
  return quiet(command(exit)).summary(entry.summary).description(`${entry.summary}.`);
}

async function buildProgram(
  words: readonly string[],
): Promise<{ program: Command; words: string[]; code: () => number }> {
  let code = 0;
  const program = quiet(new Command("box"))
    .description("Runs every OCI image in a microVM of its own.")
    .usage("[FLAGS] COMMAND")
    .version(`box version ${VERSION}`, "-v, --version", "show the version")
    .addHelpText("after", EXAMPLES)
    // Without this `-v` of a command would be taken for `--version`.
    .enablePositionalOptions()
    .helpCommand("help [command]", "show the help of a command");
  const [first = ""] = words;
  const name = first === "help" ? (words[1] ?? "") : first;
  let prepared = [...words];
  for (const [key, entry] of Object.entries(COMMANDS)) {
    program.commandsGroup(entry.group);
    if (key !== name) {
      program.command(key, { hidden: entry.hidden ?? false }).description(entry.summary);
      continue;
    }
    const loaded = await loadCommand(key, (value) => (code = value));
    if (!loaded) continue;
    program.addCommand(loaded, { hidden: entry.hidden ?? false });
    const { prepare } = await entry.load();
    if (prepare && first === key) prepared = [key, ...prepare(loaded, words.slice(1))];
  }
  return { program, words: prepared, code: () => code };
}

/** What a mistyped word was meant to be, or where to look. */
async function findHint(
  error: CommanderError,
  command: Command | undefined,
  words: readonly string[],
): Promise<string> {
  const [, word = ""] = /'([^']*)'/s.exec(error.message) ?? [];
  const path =
    command === undefined
      ? ""
      : command.name() === words[0]
        ? ` ${words[0]}`
        : ` ${words.slice(0, 2).join(" ")}`;
  const help = `see \`box${path} --help\``;
  const meant = (found: string | undefined) =>
    found === undefined ? help : `did you mean ${found}? ${help}`;
  if (error.code === "commander.unknownCommand") {
    const names = command
      ? command.commands.map((below) => below.name())
      : Object.keys(COMMANDS).filter((name) => COMMANDS[name]?.hidden !== true);
    return meant(nearest(word, names));
  }
  if (error.code !== "commander.unknownOption") return help;
  const flags = (command?.options ?? []).filter(({ hidden }) => !hidden).flatMap(({ long }) => long ?? []);
  const [flag = ""] = word.split("=");
  if (!MAKERS.includes(command?.name() ?? "")) return meant(nearest(flag, flags));
  const { FOREIGN } = await import("./flags/foreign.js");
  if (Object.hasOwn(FOREIGN, flag)) return FOREIGN[flag] ?? help;
  // `docker run --entrypoint sh IMAGE -c …` is right with Docker, whose flags end at the image.
  return `${meant(nearest(flag, [...flags, "--help"]))}; write \`--\` before arguments of the box's program`;
}

/** Turns a refusal of commander's into one line of ours. */
async function translate(error: CommanderError, words: readonly string[]): Promise<BoxError> {
  const [name = "", second = ""] = words;
  const command = await loadCommand(name, () => undefined);
  const below = command?.commands.find((one) => one.name() === second || one.aliases().includes(second));
  const [message = ""] = error.message.replace(/^error: /, "").split("\n", 1);
  return new BoxError("usage", message.length > 300 ? `${message.slice(0, 300)}…` : message, {
    hint: await findHint(error, below ?? command, words),
  });
}

/**
 * Runs one command line.
 * @returns the exit code of the process.
 */
export async function runProgram(words: readonly string[]): Promise<number> {
  const debug = words.some(
    (word, i) => word === "--log-level=debug" || (word === "--log-level" && words[i + 1] === "debug"),
  );
  try {
    if (words[0] === "__complete") {
      const { complete } = await import("./complete.js");
      await complete(words.slice(1), (name) => loadCommand(name, () => undefined));
      return 0;
    }
    const { program, words: prepared, code } = await buildProgram(words);
    if (words.length === 0) {
      program.outputHelp();
      return 0;
    }
    await program.parseAsync(prepared, { from: "user" });
    await endIfAsked();
    return code();
  } catch (error) {
    await endIfAsked();
    if (error instanceof CommanderError && error.exitCode === 0) return 0;
    const explained = error instanceof CommanderError ? await translate(error, words) : error;
    const [first = ""] = words;
    const command = Object.hasOwn(COMMANDS, first) ? first : undefined;
    return exitCodeOf(await reportForBox(explained, debug), command);
  } finally {
    closeStdin();
  }
}
