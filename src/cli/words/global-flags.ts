import { Option } from "commander";
import { BoxError } from "../../errors.js";
import { quote } from "../../config/syntax/quote.js";
import { checkContext, DEFAULT_CONTEXT } from "../../docker/context.js";
import type { Row } from "../help/page.js";
import { parseBoolean } from "../../config/syntax/boolean.js";
import { missingArgument, noSuchFlag, notBoolean } from "./flag-errors.js";
import { isFlag, needsValue, readFlagWord, type GivenFlag } from "./read-flag.js";

/** Flags before the command. */
export interface GlobalFlags {
  /** Whether to show the stack traces of errors. */
  debug: boolean;
  /** Whether Docker's socket or context was given. */
  endpoint?: true;
  /** Directory of the credentials of registries. */
  config?: string;
  /** Whether to print the version or the help instead of running a command. */
  print?: "version" | "help";
}

/** Docker's default socket, on which box does not listen. */
const { DockerEndpoint: DEFAULT_HOST } = DEFAULT_CONTEXT;
const LEVELS = ["debug", "info", "warn", "error", "fatal"];

const OPTIONS = [
  new Option("--config <folder>", "location of registry credentials (default: ~/.docker)"),
  new Option("-c, --context <name>", "accepted for scripts: only default exists"),
  new Option("-D, --debug", "show stack traces of errors"),
  new Option("-H, --host <socket>", `accepted for scripts: only ${DEFAULT_HOST}`),
  new Option("-l, --log-level <level>", `${LEVELS.slice(0, -1).join(", ")} or fatal; debug is like -D`),
  new Option("-v, --version", "print version information"),
  new Option("-h, --help", "print usage"),
];

/** The global flags in the help. */
export const GLOBAL_FLAGS: readonly Row[] = OPTIONS.map(({ flags, short, description }) => ({
  term: short === undefined ? `    ${flags}` : flags,
  text: description,
}));

const refuse = (reason: string, hint: string) => new BoxError("usage", reason, { hint });

function apply(given: GivenFlag, option: Option, flags: GlobalFlags): void {
  const [name, text] = [option.attributeName(), given.value ?? "true"];
  if (name === "config" && text !== "") flags.config = text;
  if (name === "debug") {
    const on = parseBoolean(text);
    if (on === undefined) throw notBoolean(given);
    flags.debug = on;
  }
  if (name === "context" && text !== "") checkContext(text);
  if ((name === "context" || name === "host") && text !== "") flags.endpoint = true;
  if (name === "host" && text !== DEFAULT_HOST && text !== "")
    throw refuse(`-H: box has no daemon, so it cannot connect to ${quote(text)}`, "omit -H");
  if (name === "logLevel") {
    if (!LEVELS.includes(text))
      throw refuse(`unable to parse logging level: ${quote(text)}`, LEVELS.join(", "));
    flags.debug ||= text === "debug";
  }
  if (name === "version" || name === "help") flags.print ??= name;
}

/**
 * Reads the flags before the command.
 * @returns them, and the words from the command on
 * @throws BoxError invalid-flag, usage
 */
export function readGlobalFlags(words: readonly string[]): { flags: GlobalFlags; rest: readonly string[] } {
  const flags: GlobalFlags = { debug: false };
  let next = 0;
  for (let word = words[next]; word !== undefined && isFlag(word) && word !== "--"; word = words[next]) {
    const given = readFlagWord(OPTIONS, word, words[next + 1]);
    for (const flag of given.flags) {
      const { option, value } = flag;
      if (option === undefined) throw noSuchFlag(flag, "see `box --help`");
      if (needsValue(option) && value === undefined) throw missingArgument(flag);
      apply(flag, option, flags);
    }
    next += given.count;
  }
  return { flags, rest: words.slice(next) };
}

/** Finds a flag in the words after a command that does not exist: Docker reads them as flags before the command. */
export function findUnknownFlag(words: readonly string[]): GivenFlag | undefined {
  const end = words.indexOf("--");
  const flags = words.slice(0, end < 0 ? undefined : end).filter(isFlag);
  return flags
    .flatMap((word) => readFlagWord(OPTIONS, word, undefined).flags)
    .find(({ option }) => option === undefined);
}
