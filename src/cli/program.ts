import { Command, CommanderError } from "commander";
import { BoxError, EXIT_BOX } from "../config/errors.js";
import { reportError } from "./output/print.js";
import { VERSION } from "./version.js";

/** A command of box; its file is loaded only when it is used. */
interface Entry {
  summary: string;
  load: () => Promise<{ command: (exit: (code: number) => void) => Command; prepare?: Prepare }>;
}

/** Reorders the words of a command line before they are parsed. */
type Prepare = (command: Command, words: readonly string[]) => string[];

const COMMANDS: Record<string, Entry> = {
  run: { summary: "Create a box from an image and run a command in it", load: () => import("./run.js") },
  ps: { summary: "List boxes", load: () => import("./ps.js") },
  logs: { summary: "Show what a box has written", load: () => import("./logs.js") },
  stop: { summary: "Stop running boxes", load: () => import("./stop.js") },
  kill: { summary: "Send a signal to running boxes", load: () => import("./kill.js") },
  rm: { summary: "Remove boxes", load: () => import("./rm.js") },
  pull: { summary: "Download an image from a registry", load: () => import("./pull.js") },
  images: { summary: "List images", load: () => import("./images.js") },
  volume: { summary: "Manage volumes", load: () => import("./volume.js") },
  info: { summary: "Show what box can use on this host", load: () => import("./info.js") },
};

const EXAMPLES = `
Examples:
  box run nginx:alpine -p 8080:80             serve on port 8080
  box run --rm -v "$PWD":/src alpine ls /src   run one command, keep nothing
  box ps -a                                   list all boxes

\`box COMMAND --help\` tells more about a command.`;

/** Makes commander throw instead of printing and exiting. */
function quiet(command: Command): Command {
  command.commands.forEach(quiet);
  return command
    .exitOverride()
    .configureOutput({ writeErr: () => undefined, outputError: () => undefined })
    .showSuggestionAfterError(true)
    .helpOption("--help", "show this help");
}

async function buildProgram(
  words: readonly string[],
): Promise<{ program: Command; words: string[]; code: () => number }> {
  let code = 0;
  const program = quiet(new Command("box"))
    .description("Runs every OCI image in a microVM of its own.")
    .version(`box version ${VERSION}`, "-v, --version", "show the version")
    .addHelpText("after", EXAMPLES)
    // Without this `-v` of a command would be taken for `--version`.
    .enablePositionalOptions()
    .helpCommand("help [command]", "show the help of a command");
  const [first = ""] = words;
  const name = first === "help" ? (words[1] ?? "") : first;
  let prepared = [...words];
  for (const [key, entry] of Object.entries(COMMANDS)) {
    if (key !== name) {
      program.command(key).description(entry.summary);
      continue;
    }
    const { command, prepare } = await entry.load();
    const loaded = quiet(command((value) => (code = value))).summary(entry.summary);
    loaded.description(`${entry.summary}.`);
    program.addCommand(loaded);
    if (prepare && first === key) prepared = [key, ...prepare(loaded, words.slice(1))];
  }
  return { program, words: prepared, code: () => code };
}

/** Turns a refusal of commander's into one line of ours. */
function translate(error: CommanderError, command: string): BoxError {
  const [message = "", suggestion] = error.message.replace(/^error: /, "").split("\n");
  const known = command in COMMANDS;
  const help = known ? `see \`box ${command} --help\`` : "see `box --help`";
  // `docker run --entrypoint sh IMAGE -c …` is right with Docker, whose flags end at the image.
  const ends = command === "run" && error.code === "commander.unknownOption";
  return new BoxError("usage", message, {
    hint:
      suggestion?.replace(/^\(|\)$/g, "") ??
      (ends ? `${help}; write \`--\` before arguments of the box's program` : help),
    exitCode: known && command !== "run" ? 1 : EXIT_BOX,
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
    const { program, words: prepared, code } = await buildProgram(words);
    if (words.length === 0) {
      program.outputHelp();
      return 0;
    }
    await program.parseAsync(prepared, { from: "user" });
    return code();
  } catch (error) {
    if (!(error instanceof CommanderError)) return reportError(error, debug);
    if (error.exitCode === 0) return 0;
    return reportError(translate(error, words[0] ?? ""), debug);
  }
}
