import { Command } from "commander";
import { BoxError } from "../../errors.js";
import type { BoxFlags } from "../flags/given.js";
import { asksForHelp, writeFlags, type Sorted } from "./canonical.js";
import { isFlag, readFlagWord, type GivenFlag } from "./read-flag.js";

/** Flags of programs as well, with values that box accepts in principle: `node -e 'f(1)'`, `curl -v http://host/`. */
const IMPLAUSIBLE: Readonly<Record<string, RegExp>> = {
  "--env": /^(?!\w[\w.-]*(=|$))/s,
  "--volume": /:\/\//,
};

function isPlausible({ option, value = "" }: GivenFlag): boolean {
  return IMPLAUSIBLE[option?.long ?? ""]?.test(value) !== true;
}

/** Short flags that mean something else to most programs: help, and a command for a shell. */
const OF_PROGRAMS: ReadonlySet<string> = new Set(["-h", "-c"]);

/** `--help`, `-h` and `-c` are the program's, and so is everything that box does not know. */
function isOfProgram(flag: GivenFlag): boolean {
  return flag.option === undefined || asksForHelp(flag) || OF_PROGRAMS.has(flag.name) || !isPlausible(flag);
}

/** Why no box could have flags with these values; undefined if one could. @param flags of the command */
async function refusalOf(command: Command, flags: readonly GivenFlag[]): Promise<BoxError | undefined> {
  try {
    const words = writeFlags(command.options, flags);
    const alone = new Command().exitOverride().configureOutput({ writeErr: () => undefined });
    for (const option of command.options) alone.addOption(option);
    alone.parse(words, { from: "user" });
    const { resolveBox } = await import("../flags/box-flags.js");
    await resolveBox("image", [], alone.opts<BoxFlags>());
  } catch (error) {
    if (!(error instanceof BoxError)) throw error;
    // Flags may need each other, as --sidecar-env needs --sidecar and --memory-swap needs -m.
    if (error.code !== "flag-conflict" && error.code !== "invalid-limit") return error;
  }
  return undefined;
}

/**
 * Finds flags of box between the image and the command of its program: `nginx:alpine -p 8080:80`. A word is box's only if
 * it is a flag of the command and its value is valid; the first that is not starts the program's command. With
 * --entrypoint, all words are the program's.
 * @param onDoubt called for a flag of box with a value that is not valid, which therefore goes to the program
 */
export async function takeFlagsAfterImage(
  command: Command,
  { flags, operands: [image, ...words] }: Sorted,
  onDoubt: (words: readonly string[], error: BoxError) => void,
): Promise<Sorted> {
  const taken = [...flags];
  const hasEntrypoint = () => taken.some(({ option }) => option?.long === "--entrypoint");
  let next = 0;
  while (next < words.length && !hasEntrypoint()) {
    const word = words[next] ?? "";
    if (word === "--") {
      next++;
      break;
    }
    if (!isFlag(word)) break;
    const given = readFlagWord(command.options, word, words[next + 1]);
    if (given.flags.some(isOfProgram)) break;
    const refusal = await refusalOf(command, given.flags);
    if (refusal !== undefined) {
      onDoubt(words.slice(next, next + given.count), refusal);
      break;
    }
    taken.push(...given.flags);
    next += given.count;
  }
  return { flags: taken, operands: image === undefined ? [] : [image, ...words.slice(next)] };
}
