import { printLine } from "./print.js";
import { fillTemplate } from "../../docker/template.js";

/** Prints the result of an `inspect` as Docker does: indented JSON, JSON on one line, or a template per object. */
export function printInspected(found: Record<string, unknown>[], format: string | undefined): void {
  if (format === undefined) printLine(JSON.stringify(found, undefined, 4));
  else if (format === "json") printLine(JSON.stringify(found));
  else for (const fields of found) printLine(fillTemplate(format, fields));
}
