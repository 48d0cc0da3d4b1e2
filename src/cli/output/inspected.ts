import { createInspector } from "../../docker/format.js";
import type { Value } from "../../docker/go/value.js";
import { forEachName } from "../each.js";
import { printLine } from "./print.js";

/**
 * Prints objects as Docker's `inspect` does: as indented JSON, JSON on one line, or a template per object. An object
 * that fails does not stop the others.
 * @param find finds an object by name
 * @returns 1 if any failed, otherwise 0
 * @throws BoxError invalid-template
 */
export async function inspectAll(
  names: string[],
  format: string | undefined,
  find: (name: string) => Promise<Value>,
): Promise<number> {
  const inspector = await createInspector(format);
  const code = await forEachName(names, async (name) => inspector.add(await find(name)));
  printLine(inspector.result());
  return code;
}
