import { printLine } from "./print.js";
import { fillTemplate } from "../../docker/template.js";

/** Prints what an `inspect` has found, as Docker does: indented JSON, JSON in a line, or a template for each. */
export function printInspected(found: Record<string, unknown>[], format: string | undefined): void {
  if (format === undefined) printLine(JSON.stringify(found, undefined, 4));
  else if (format === "json") printLine(JSON.stringify(found));
  else for (const fields of found) printLine(fillTemplate(format, fields));
}
