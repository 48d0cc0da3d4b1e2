import { BoxError } from "../../errors.js";
import { formatHealthcheck, parseHealthcheck, type Healthcheck } from "./healthcheck.js";
import { quote } from "./quote.js";
import { expandWord, joinWord, splitWords } from "./words.js";

/**
 * One Dockerfile instruction that changes an image's configuration, as for Docker's `--change`. Words keep their quotes
 * and variables (syntax/words.ts), except those of CMD, ENTRYPOINT, HEALTHCHECK and ONBUILD.
 */
export type Change =
  | { instruction: "CMD" | "ENTRYPOINT"; argv: string[] }
  | { instruction: "ENV" | "LABEL"; pairs: [name: string, value: string][] }
  | { instruction: "HEALTHCHECK"; check: Healthcheck }
  | { instruction: "EXPOSE" | "VOLUME"; words: string[] }
  | { instruction: "STOPSIGNAL" | "USER" | "WORKDIR" | "ONBUILD"; word: string };

const KNOWN = [
  ...["CMD", "ENTRYPOINT", "ENV", "EXPOSE", "HEALTHCHECK", "LABEL", "ONBUILD"],
  ...["STOPSIGNAL", "USER", "VOLUME", "WORKDIR"],
];
const SHELL = ["/bin/sh", "-c"];

type Refuse = (reason: string, hint?: string) => BoxError;

/** Parses the exec form, a JSON array of strings; undefined if it is not in that form. */
function parseList(rest: string, refuse: Refuse): string[] | undefined {
  if (!rest.startsWith("[")) return undefined;
  let list: unknown;
  try {
    list = JSON.parse(rest);
  } catch {
    // As in Docker, it is then a shell command.
    return undefined;
  }
  if (Array.isArray(list) && list.every((word) => typeof word === "string")) return list;
  throw refuse("has a list that contains something other than strings");
}

function parsePairs(rest: string, refuse: Refuse): [string, string][] {
  const words = splitWords(rest);
  const [first = ""] = words;
  if (!first.includes("=")) {
    // The legacy form: NAME, followed by the value.
    const [, name, value] = /^(\S+)\s+([^]+)$/.exec(rest) ?? [];
    if (name === undefined || value === undefined) throw refuse("has no value", "write NAME=VALUE");
    if (name.includes("=")) throw refuse("has an equals sign inside quotes only", "write NAME=VALUE");
    return [[name, joinWord(value)]];
  }
  return words.map((word) => {
    const equals = word.indexOf("=");
    if (equals < 0)
      throw refuse(
        `has ${quote(word)}, which has no value`,
        "write NAME=VALUE, quoted if it contains spaces",
      );
    if (equals === 0) throw refuse("has no name before an equals sign", "write NAME=VALUE");
    return [word.slice(0, equals), word.slice(equals + 1)];
  });
}

function parseOnbuild(rest: string, refuse: Refuse): string {
  const trigger = /^[A-Za-z]+(?=\s)/.exec(rest)?.[0].toUpperCase();
  if (trigger !== undefined && !["ONBUILD", "FROM", "MAINTAINER"].includes(trigger)) return rest;
  throw refuse("has no valid trigger instruction", "for example ONBUILD RUN make");
}

/** Checks the syntax of words, which does not depend on the values of variables. */
function checkWords(words: readonly string[], refuse: Refuse): void {
  for (const word of words) {
    expandWord(
      word,
      () => undefined,
      (reason) => refuse(reason, "close quotes and braces, and write \\$ for a dollar sign"),
    );
  }
}

/** Splits a text into instructions as Docker does: a backslash at the end of a line continues it, and comments are removed. */
function splitInstructions(text: string): string[] {
  const found: string[] = [];
  let begun = "";
  for (const line of text.split(/\r?\n/)) {
    if (/^[ \t]*#/.test(line)) continue;
    // Empty lines do not end an instruction that is continued.
    if (begun !== "" && line.trim() === "") continue;
    const [, continued] = /^([^]*)\\[ \t]*$/.exec(line) ?? [];
    if (continued === undefined) found.push(begun + line);
    begun = continued === undefined ? "" : begun + continued;
  }
  return [...found, begun].filter((line) => line.trim() !== "");
}

/**
 * Parses `-c`, one or several Dockerfile instructions, as accepted by `docker commit` and `docker import`.
 * @throws BoxError invalid-change
 */
export function parseChanges(text: string): Change[] {
  const instructions = splitInstructions(text);
  if (instructions.length > 0) return instructions.map(parseChange);
  throw new BoxError("invalid-change", `${quote(text)}: file with no instructions`, {
    hint: "for example ENV DEBUG=true",
  });
}

/** Parses one instruction, on one line. @throws BoxError invalid-change */
function parseChange(text: string): Change {
  const refuse: Refuse = (reason, hint) =>
    new BoxError("invalid-change", `${quote(text)} ${reason}`, { hint });
  if (text.includes("\0")) throw refuse("contains a NUL byte");
  const line = text.trim();
  if (/[\r\u2028\u2029]/.test(line)) throw refuse("contains a line separator other than a line feed");
  const [, word = "", rest = ""] = /^(\S*)\s*([^]*)$/.exec(line) ?? [];
  const instruction = KNOWN.find((known) => /^[A-Za-z]+$/.test(word) && known === word.toUpperCase());
  if (instruction === undefined) {
    throw refuse(
      "is not an instruction that changes an image's configuration",
      `use one of ${KNOWN.join(", ")}`,
    );
  }
  if (rest === "") throw refuse("has no argument", `for example ${EXAMPLES[instruction] ?? ""}`);
  switch (instruction) {
    case "CMD":
    case "ENTRYPOINT":
      return { instruction, argv: parseList(rest, refuse) ?? [...SHELL, rest] };
    case "ENV":
    case "LABEL": {
      const pairs = parsePairs(rest, refuse);
      checkWords(pairs.flat(), refuse);
      return { instruction, pairs };
    }
    case "VOLUME": {
      // The words of a list are literal, but variables in them are still substituted.
      const words = parseList(rest, refuse)?.map(escapeWord) ?? splitWords(rest);
      checkWords(words, refuse);
      if (words.length === 0 || words.includes("")) throw refuse("has a volume without a path");
      return { instruction, words };
    }
    case "EXPOSE": {
      const words = splitWords(rest);
      checkWords(words, refuse);
      return { instruction, words };
    }
    case "HEALTHCHECK":
      return {
        instruction,
        check: parseHealthcheck(rest, (command) => parseList(command, refuse), refuse),
      };
    case "ONBUILD":
      return { instruction, word: parseOnbuild(rest, refuse) };
    default:
      checkWords([rest], refuse);
      return { instruction: instruction as "STOPSIGNAL" | "USER" | "WORKDIR", word: joinWord(rest) };
  }
}

const EXAMPLES: Record<string, string> = {
  CMD: 'CMD ["nginx", "-g", "daemon off;"]',
  ENTRYPOINT: 'ENTRYPOINT ["/entrypoint.sh"]',
  ENV: "ENV DEBUG=true",
  EXPOSE: "EXPOSE 80",
  HEALTHCHECK: "HEALTHCHECK --interval=5s CMD curl -f http://localhost/",
  LABEL: "LABEL version=1.0",
  ONBUILD: "ONBUILD RUN make",
  STOPSIGNAL: "STOPSIGNAL SIGQUIT",
  USER: "USER nobody",
  VOLUME: "VOLUME /data",
  WORKDIR: "WORKDIR /srv",
};

/** Escapes a text such that `expandWord` returns it, with its variables substituted. */
function escapeWord(text: string): string {
  return text.replace(/[\s"'\\]/g, "\\$&");
}

function formatInstruction(change: Change): string {
  const { instruction } = change;
  if ("argv" in change) return `${instruction} ${JSON.stringify(change.argv)}`;
  if ("pairs" in change) return `${instruction} ${change.pairs.map((pair) => pair.join("=")).join(" ")}`;
  if ("check" in change) return `${instruction} ${formatHealthcheck(change.check)}`;
  if ("words" in change) return `${instruction} ${change.words.join(" ")}`;
  return `${instruction} ${change.word}`;
}

/** The canonical notation; `parseChanges(formatChange(c))` returns `[c]`. */
export function formatChange(change: Change): string {
  const line = formatInstruction(change);
  // Otherwise, the backslash would be read as one that continues the line.
  return line.endsWith("\\") ? `${line}\\` : line;
}
