import type * as z from "zod/mini";
import { BoxConfig } from "./box-config.js";
import { BoxError } from "./errors.js";
import { quote } from "./syntax/quote.js";

type Issue = z.core.$ZodIssue;

/** What is wrong with a value, in words; zod/mini brings none. */
function describe(issue: Issue): string {
  switch (issue.code) {
    case "invalid_type":
      return `is not ${/^[aeiou]/.test(issue.expected) ? "an" : "a"} ${issue.expected}`;
    case "too_small":
      return issue.origin === "string" ? "is empty" : `is less than ${String(issue.minimum)}`;
    case "too_big":
      return `is more than ${String(issue.maximum)}`;
    case "invalid_value":
      return `is none of ${issue.values.map(String).join(", ")}`;
    case "invalid_union":
      return "has no kind that is known";
    case "unrecognized_keys":
      return `has no ${issue.keys.map(quote).join(", ")}`;
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

/** Keys that a configuration does not have, and where. */
export interface UnknownKeys {
  path: readonly PropertyKey[];
  keys: string[];
}

/**
 * Checks a configuration and fills in what it does not say.
 * @param suggest the key that a mistyped one stands for.
 * @throws BoxError invalid-config
 */
export function validateConfig(
  input: unknown,
  suggest: (unknown: UnknownKeys) => string | undefined = () => undefined,
): BoxConfig {
  const result = BoxConfig.safeParse(input);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  if (!issue) throw new BoxError("invalid-config", "the configuration is not valid");
  const value = valueAt(input, issue.path);
  const shown =
    typeof value === "string"
      ? `: ${quote(value)}`
      : typeof value === "number"
        ? `: ${value}`
        : value === undefined
          ? ""
          : ":";
  const hint =
    issue.code === "unrecognized_keys" ? suggest({ path: issue.path, keys: issue.keys }) : undefined;
  const missing = issue.code === "invalid_type" && value === undefined;
  const where = nameOf(issue.path) || "the configuration";
  throw new BoxError(
    "invalid-config",
    `${where}${shown} ${missing ? "is missing" : describe(issue)}`.replace(": has", " has"),
    {
      ...(hint === undefined ? {} : { hint }),
    },
  );
}
