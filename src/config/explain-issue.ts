import type * as z from "zod/mini";
import { quote } from "./syntax/quote.js";

type Issue = z.core.$ZodIssue;

/** What is wrong with a value, in words; zod/mini brings none. */
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
      return `is none of ${issue.values.map(String).join(", ")}`;
    case "invalid_union":
      // A schema that has kinds names them; "Invalid input" is zod's own.
      return issue.message === "Invalid input" ? "has no kind that is known" : issue.message;
    case "unrecognized_keys":
      return `has no ${issue.keys.map(quote).join(", ")}`;
    // What it would have to be is said where the pattern is.
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

/** What is wrong with a document, as a BoxError has it. */
export interface Explanation {
  /** The field; undefined where it is the document itself, or what it has or lacks. */
  subject: string | undefined;
  reason: string;
}

/**
 * What is wrong with a document: where, the value and why.
 * @param whole what the document itself is called
 */
export function explainIssue(input: unknown, issue: Issue, whole: string): Explanation {
  const value = valueAt(input, issue.path);
  const missing = issue.code === "invalid_type" && value === undefined;
  const shown = typeof value === "string" ? `${quote(value)} ` : typeof value === "number" ? `${value} ` : "";
  const why = `${shown}${missing ? "is missing" : describe(issue)}`;
  const field = nameOf(issue.path);
  const isSentence = why.startsWith("has ");
  if (field !== "" && !isSentence) return { subject: field, reason: why };
  const joint = missing || isSentence ? " " : ": ";
  return { subject: undefined, reason: `${field || whole}${joint}${why}` };
}

/** The same in one line. */
export function explainInLine(input: unknown, issue: Issue, whole: string): string {
  const { subject, reason } = explainIssue(input, issue, whole);
  if (subject === undefined) return reason;
  return reason === "is missing" ? `${subject} ${reason}` : `${subject}: ${reason}`;
}
