import type * as z from "zod/mini";
import { quote } from "./syntax/quote.js";

type Issue = z.core.$ZodIssue;

/** Describes what is wrong with a value; zod/mini has no messages of its own. */
function describe(issue: Issue): string {
  switch (issue.code) {
    case "invalid_type":
      if (issue.expected === "int") return "is not a whole number";
      return issue.expected === "record"
        ? "is not an object"
        : `is not ${/^[aeiou]/.test(issue.expected) ? "an" : "a"} ${issue.expected}`;
    case "too_small":
      if (issue.origin === "array") return `has fewer than ${String(issue.minimum)} entries`;
      return issue.origin === "string" ? "is empty" : `is less than ${String(issue.minimum)}`;
    case "too_big":
      if (issue.origin === "array") return `has more than ${String(issue.maximum)} entries`;
      return `is more than ${String(issue.maximum)}`;
    case "invalid_value":
      return `is not ${issue.values.length > 1 ? "one of " : ""}${issue.values.map(String).join(", ")}`;
    case "invalid_union":
      // Unions with a message name their kinds; "Invalid input" is zod's default.
      return issue.message === "Invalid input" ? "has an unknown kind" : issue.message;
    case "not_multiple_of":
      return "is not a whole number";
    // The message is given next to the pattern.
    case "invalid_format":
    case "custom":
      return issue.message;
    default:
      return "is not valid";
  }
}

function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, key) =>
      typeof value === "object" && value !== null ? (value as Record<PropertyKey, unknown>)[key] : undefined,
    input,
  );
}

function nameOf(path: readonly PropertyKey[]): string {
  return path.reduce<string>(
    (name, key) =>
      typeof key === "number" ? `${name}[${key}]` : `${name}${name === "" ? "" : "."}${String(key)}`,
    "",
  );
}

/** The subject and reason of a BoxError about an invalid document. */
export interface Explanation {
  /** The field; undefined if the reason is about the whole document, or about entries that an object has or lacks. */
  subject: string | undefined;
  reason: string;
}

/**
 * Explains an issue: where it is, the value, and the reason.
 * @param whole name of the document itself
 */
export function explainIssue(input: unknown, issue: Issue, whole: string): Explanation {
  const value = valueAt(input, issue.path);
  if (issue.code === "unrecognized_keys") {
    const keys = issue.keys.map(quote).join(", ");
    return { subject: undefined, reason: `unknown key ${keys} in ${nameOf(issue.path) || whole}` };
  }
  const missing = issue.code === "invalid_type" && value === undefined;
  const shown = typeof value === "string" ? `${quote(value)} ` : typeof value === "number" ? `${value} ` : "";
  const why = `${shown}${missing ? "is missing" : describe(issue)}`;
  const field = nameOf(issue.path);
  const isSentence = why.startsWith("has ");
  if (field !== "" && !isSentence) return { subject: field, reason: why };
  const joint = missing || isSentence ? " " : ": ";
  return { subject: undefined, reason: `${field || whole}${joint}${why}` };
}

/** As `explainIssue`, in one line. */
export function explainInLine(input: unknown, issue: Issue, whole: string): string {
  const { subject, reason } = explainIssue(input, issue, whole);
  if (subject === undefined) return reason;
  return reason === "is missing" ? `${subject} ${reason}` : `${subject}: ${reason}`;
}
