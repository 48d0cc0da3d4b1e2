import { BoxError } from "../../errors.js";
import { quote } from "../../config/syntax/quote.js";
import type { GivenFlag } from "./read-flag.js";

const MAX_SHOWN = 300;

/** Shortens a word of the command line for a message. */
export const shorten = (text: string) => (text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text);

/** The name of a flag, or its letter and the word that contains it. */
function place({ name, text }: Pick<GivenFlag, "name" | "text">): string {
  return name.startsWith("--") ? shorten(name) : `'${name.slice(1)}' in ${shorten(text)}`;
}

const refuse = (reason: string, hint?: string) => new BoxError("invalid-flag", reason, { hint });

/** The error for a flag that does not exist, in Docker's words. */
export function noSuchFlag(given: Pick<GivenFlag, "name" | "text">, hint: string): BoxError {
  return refuse(`unknown ${given.name.startsWith("--") ? "" : "shorthand "}flag: ${place(given)}`, hint);
}

/** The error for a flag without the argument that it needs, in Docker's words. */
export function missingArgument(given: Pick<GivenFlag, "name" | "text">): BoxError {
  return refuse(`flag needs an argument: ${place(given)}`);
}

/** The error for a value that is neither true nor false, in Docker's words. */
export function notBoolean({ name, option, value = "" }: GivenFlag): BoxError {
  const flag = [option?.short, option?.long].filter((each) => each !== undefined).join(", ") || name;
  return refuse(
    `invalid argument ${quote(value)} for "${flag}" flag: strconv.ParseBool: parsing ${quote(value)}: invalid syntax`,
    "write true or false",
  );
}
